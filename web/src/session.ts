// In whose name the page asks, and how one comes to a token. Tokens are in this module's and React's variables alone: not in the
// browser's storage, not in a cookie, not in a URL. Who reloads the page signs in again.

export interface DemoUser {
  id: string;
  name: string;
  roles: string[];
  token: string;
}

export interface DemoOrganization {
  name: string;
  users: DemoUser[];
}

/** How the gateway lets one sign in: as anybody of its demo, with a password, or with a token from elsewhere. */
export type SignIn = { by: "demo"; organizations: DemoOrganization[] } | { by: "password" } | { by: "token" };

/** Gives the token in force, and a fresh one after that was refused. */
export interface Identity {
  token(): string | undefined;
  renew(): Promise<string | undefined>;
}

const SESSION = "/graphiql/session.json";

/** What the gateway offers; a token can be pasted whatever it says. */
export async function fetchSignIn(): Promise<SignIn> {
  const response = await fetch(SESSION, { cache: "no-store", headers: { accept: "application/json" } });
  if (response.status !== 200) return { by: "token" };
  const offered = (await response.json()) as SignIn;
  if (offered.by !== "demo") return offered;
  const organizations = offered.organizations.filter(({ users }) => users.length > 0);
  return organizations.length > 0 ? { by: "demo", organizations } : { by: "token" };
}
