// The page: GraphiQL, asking in the name of a person of the demo, of whoever signed in, or with a pasted token.
import { GraphiQL } from "graphiql";
import { useMemo, useRef, useState } from "react";
import { EXAMPLES } from "./examples";
import { createFetcher } from "./fetcher";
import { Header, PasswordForm, PeoplePicker, SignedIn, TokenField } from "./header";
import { PasswordSession } from "./password";
import { type DemoOrganization, fetchSignIn, type Identity, type SignIn } from "./session";
import { storage } from "./storage";

export function Page({ signIn }: { signIn: SignIn }) {
  return signIn.by === "demo" ? (
    <PageOfDemo demo={signIn.organizations} />
  ) : (
    <PageWithToken takesPasswords={signIn.by === "password"} />
  );
}

function PageOfDemo({ demo }: { demo: DemoOrganization[] }) {
  const [organizations, setOrganizations] = useState(demo);
  const [user, setUser] = useState(demo[0]?.users[0]?.id ?? "");
  const tokenOf = (people: DemoOrganization[]) => people.flatMap(({ users }) => users).find(({ id }) => id === user)?.token;
  const renew = async () => {
    const fresh = await fetchSignIn();
    if (fresh.by !== "demo") return undefined;
    setOrganizations(fresh.organizations);
    return tokenOf(fresh.organizations);
  };
  return (
    <>
      <Header>
        <PeoplePicker organizations={organizations} user={user} onChoose={setUser} />
      </Header>
      <Ide person={user} identity={{ token: () => tokenOf(organizations), renew }} />
    </>
  );
}

function PageWithToken({ takesPasswords }: { takesPasswords: boolean }) {
  const [pasted, setPasted] = useState("");
  const [session, setSession] = useState<{ login: string; own: PasswordSession }>();
  const begin = async (login: string, password: string) => {
    const own = await PasswordSession.begin(login, password, () => setSession(undefined));
    setSession({ login, own });
  };
  const end = () => {
    void session?.own.end();
    setSession(undefined);
  };
  const identity: Identity = session?.own ?? { token: () => pasted || undefined, renew: async () => undefined };
  return (
    <>
      <Header>
        {session ? (
          <SignedIn login={session.login} roles={session.own.roles} onSignOut={end} />
        ) : (
          <>
            {takesPasswords && <PasswordForm onSignIn={begin} />}
            <TokenField onChange={setPasted} />
          </>
        )}
      </Header>
      <Ide person={session ? `session of ${session.login}` : pasted} identity={identity} />
    </>
  );
}

/** GraphiQL asks for the schema again for another person, but not when the same person has a new token. */
function Ide({ person, identity }: { person: string; identity: Identity }) {
  const current = useRef(identity);
  current.current = identity;
  const fetcher = useMemo(
    () => createFetcher({ token: () => current.current.token(), renew: () => current.current.renew() }),
    [person],
  );
  return (
    <main>
      <GraphiQL
        fetcher={fetcher}
        storage={storage}
        shouldPersistHeaders={false}
        defaultTabs={EXAMPLES}
        schemaDescription
        inputValueDeprecation
      />
    </main>
  );
}
