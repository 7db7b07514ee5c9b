// The bar above GraphiQL: whose graph this is, and in whose name it is asked.
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { restoreExamples } from "./examples";
import type { DemoOrganization, DemoUser } from "./session";

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
      <div className="identity" role="group" aria-label="In whose name to ask">
        {children}
      </div>
    </header>
  );
}

/** Everybody of the demo, under their organizations; the browser finds a name that is typed. */
export function PeoplePicker(props: { organizations: DemoOrganization[]; user: string; onChoose: (user: string) => void }) {
  const { organizations, user, onChoose } = props;
  const id = useId();
  return (
    <span className="field">
      <label htmlFor={id}>Signed in as</label>
      <select id={id} value={user} onChange={(event) => onChoose(event.target.value)}>
        {organizations.map(({ name, users }) => (
          <optgroup key={name} label={name}>
            {users.map((person) => (
              <option key={person.id} value={person.id}>
                {`${person.name} (${rolesOf(person)})`}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <span className="of">{organizations.find(({ users }) => users.some(({ id }) => id === user))?.name}</span>
    </span>
  );
}

function rolesOf({ roles }: DemoUser): string {
  return roles.length > 0 ? roles.join(", ") : "no role";
}

export function PasswordForm({ onSignIn }: { onSignIn: (login: string, password: string) => Promise<void> }) {
  const [login, password] = [useId(), useId()];
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    setBusy(true);
    setWrong(undefined);
    try {
      await onSignIn(String(given.get("login")).trim(), String(given.get("password")));
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <form className="sign-in" aria-label="Sign in" onSubmit={submit}>
      <span className="field">
        <label htmlFor={login}>Login</label>
        <input id={login} name="login" autoComplete="username" spellCheck={false} required placeholder="address or username" />
      </span>
      <span className="field">
        <label htmlFor={password}>Password</label>
        <input id={password} name="password" type="password" autoComplete="current-password" required />
      </span>
      <button type="submit" disabled={busy}>
        Sign in
      </button>
      {wrong && (
        <span className="wrong" role="alert">
          {wrong}
        </span>
      )}
    </form>
  );
}

export function SignedIn({ login, roles, onSignOut }: { login: string; roles: string[]; onSignOut: () => void }) {
  return (
    <span className="field">
      <span className="of">
        Signed in as <strong>{login}</strong> ({roles.join(", ") || "no role"})
      </span>
      <button type="button" onClick={onSignOut}>
        Sign out
      </button>
    </span>
  );
}

export function TokenField({ onChange }: { onChange: (token: string) => void }) {
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
        // On leaving the field or pressing Enter: every letter would ask for the schema anew.
        onBlur={(event) => onChange(event.target.value.trim())}
        onKeyDown={(event) => {
          if (event.key === "Enter") onChange(event.currentTarget.value.trim());
        }}
      />
    </span>
  );
}
