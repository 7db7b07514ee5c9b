// The page: GraphiQL, asking in the name of a person of the demo or with a pasted token.
import { GraphiQL } from "graphiql";
import { useMemo, useRef, useState } from "react";
import { EXAMPLES } from "./examples";
import { createFetcher } from "./fetcher";
import { type Choice, Header, PeoplePicker, TokenField } from "./header";
import { type DemoOrganization, fetchDemo, type Identity, keepPastedToken, pastedToken } from "./session";
import { storage } from "./storage";

export function Page({ demo }: { demo: DemoOrganization[] | undefined }) {
  return demo === undefined ? <PageWithToken /> : <PageOfDemo demo={demo} />;
}

function PageOfDemo({ demo }: { demo: DemoOrganization[] }) {
  const [organizations, setOrganizations] = useState(demo);
  const [choice, setChoice] = useState<Choice>({ organization: 0, user: 0 });
  const tokenOf = (people: DemoOrganization[]) => people[choice.organization]?.users[choice.user]?.token;
  const renew = async () => {
    const fresh = await fetchDemo();
    if (fresh !== undefined) setOrganizations(fresh);
    return fresh && tokenOf(fresh);
  };
  return (
    <>
      <Header>
        <PeoplePicker organizations={organizations} choice={choice} onChoose={setChoice} />
      </Header>
      <Ide person={`${choice.organization}/${choice.user}`} identity={{ token: () => tokenOf(organizations), renew }} />
    </>
  );
}

function PageWithToken() {
  const [token, setToken] = useState(pastedToken);
  const change = (changed: string) => {
    keepPastedToken(changed);
    setToken(changed);
  };
  return (
    <>
      <Header>
        <TokenField token={token} onChange={change} />
      </Header>
      <Ide person={token} identity={{ token: () => token || undefined, renew: async () => undefined }} />
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
