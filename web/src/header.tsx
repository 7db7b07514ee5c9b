// The bar above GraphiQL: whose graph this is, and in whose name it is asked.
import { type ReactNode, useId } from "react";
import { restoreExamples } from "./examples";
import type { DemoOrganization } from "./session";

export function Header({ children }: { children: ReactNode }) {
  return (
    <header className="bar">
      <h1>
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width="24" height="24" />
        Fieldgraph
      </h1>
      <button type="button" onClick={restoreExamples} title="Forget what was written into the tabs and show the examples again">
        Restore examples
      </button>
      <form className="identity" aria-label="In whose name to ask" onSubmit={(event) => event.preventDefault()}>
        {children}
      </form>
    </header>
  );
}

/** Which of the demo's people, by their places in the lists. */
export interface Choice {
  organization: number;
  user: number;
}

export function PeoplePicker(props: { organizations: DemoOrganization[]; choice: Choice; onChoose: (choice: Choice) => void }) {
  const { organizations, choice, onChoose } = props;
  return (
    <>
      <Select
        label="Organization"
        options={organizations.map(({ name }) => name)}
        selected={choice.organization}
        onSelect={(organization) => onChoose({ organization, user: 0 })}
      />
      <Select
        label="User"
        options={organizations[choice.organization]?.users.map(({ label }) => label) ?? []}
        selected={choice.user}
        onSelect={(user) => onChoose({ ...choice, user })}
      />
    </>
  );
}

function Select(props: { label: string; options: string[]; selected: number; onSelect: (index: number) => void }) {
  const id = useId();
  return (
    <span className="field">
      <label htmlFor={id}>{props.label}</label>
      <select id={id} value={props.selected} onChange={(event) => props.onSelect(Number(event.target.value))}>
        {props.options.map((option, index) => (
          <option key={option} value={index}>
            {option}
          </option>
        ))}
      </select>
    </span>
  );
}

export function TokenField({ token, onChange }: { token: string; onChange: (token: string) => void }) {
  const id = useId();
  return (
    <span className="field">
      <label htmlFor={id}>Token</label>
      <input
        id={id}
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="paste a bearer token"
        defaultValue={token}
        // On leaving the field or pressing Enter: every letter would ask for the schema anew.
        onBlur={(event) => onChange(event.target.value.trim())}
        onKeyDown={(event) => {
          if (event.key === "Enter") onChange(event.currentTarget.value.trim());
        }}
      />
    </span>
  );
}
