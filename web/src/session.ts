// Who the page speaks for. In the demo the gateway hands out tokens for its invented people; elsewhere one pastes a token,
// which stays in this browser tab. A token never gets into a URL or into the browser's lasting storage.

export interface DemoUser {
  label: string;
  token: string;
}

export interface DemoOrganization {
  name: string;
  users: DemoUser[];
}

/** Gives the token in force, and a fresh one after that was refused. */
export interface Identity {
  token(): string | undefined;
  renew(): Promise<string | undefined>;
}

const SESSION = "/graphiql/session.json";
const PASTED = "fieldgraph:token";

/** The people of the demo, or undefined where there is no demo. */
export async function fetchDemo(): Promise<DemoOrganization[] | undefined> {
  const response = await fetch(SESSION, { cache: "no-store", headers: { accept: "application/json" } });
  // 404 where there is no demo.
  if (response.status !== 200) return undefined;
  const body: unknown = await response.json();
  if (!hasOrganizations(body)) return undefined;
  const organizations = body.organizations.filter(({ users }) => users.length > 0);
  return organizations.length > 0 ? organizations : undefined;
}

function hasOrganizations(body: unknown): body is { organizations: DemoOrganization[] } {
  return typeof body === "object" && body !== null && "organizations" in body && Array.isArray(body.organizations);
}

export function pastedToken(): string {
  return sessionStorage.getItem(PASTED) ?? "";
}

export function keepPastedToken(token: string): void {
  if (token === "") sessionStorage.removeItem(PASTED);
  else sessionStorage.setItem(PASTED, token);
}
