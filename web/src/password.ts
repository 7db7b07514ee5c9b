// A session with login and password: begun, refreshed before its token expires, and ended. A refresh token is good once, and a
// second use of it ends the session everywhere; so there is one refresh at a time, and whoever needs its token waits for it.

/** What signIn and refreshSession give. */
interface Tokens {
  accessToken: string;
  expiresAt: string;
  refreshToken: string;
  roles: string[];
}

/** What is answered: errors of the request beside `data`, errors of the input within. */
interface Answer {
  data?: { answer?: { session?: Tokens | null; errors?: Wrong[] } | null } | null;
  errors?: Wrong[];
}

interface Wrong {
  message: string;
}

const TOKENS = "session { accessToken expiresAt refreshToken roles } errors { message }";
const SIGN_IN = `mutation SignIn($input: SignInInput!) { answer: signIn(input: $input) { ${TOKENS} } }`;
const REFRESH = `mutation RefreshSession($input: RefreshSessionInput!) { answer: refreshSession(input: $input) { ${TOKENS} } }`;
const SIGN_OUT = "mutation SignOut($input: SignOutInput!) { answer: signOut(input: $input) { endedSessions } }";

/** Before the end of an access token, for the way there and for clocks that differ. */
const MARGIN = 60_000;

export class PasswordSession {
  #tokens: Tokens;
  #refreshing: Promise<string | undefined> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over: () => void;

  private constructor(tokens: Tokens, over: () => void) {
    this.#tokens = tokens;
    this.#over = over;
    this.#schedule();
  }

  /** Signs in; calls `over` when the session cannot go on. What is wrong is an error with a sentence for people. */
  static async begin(login: string, password: string, over: () => void): Promise<PasswordSession> {
    return new PasswordSession(await askForTokens(SIGN_IN, { login, password }), over);
  }

  get roles(): string[] {
    return this.#tokens.roles;
  }

  token(): string {
    return this.#tokens.accessToken;
  }

  renew(): Promise<string | undefined> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** Ends it here and at the gateway, should that be there to hear it. */
  async end(): Promise<void> {
    await this.#refreshing;
    clearTimeout(this.#timer);
    await ask(SIGN_OUT, { refreshToken: this.#tokens.refreshToken }).catch(() => undefined);
  }

  async #refresh(): Promise<string | undefined> {
    clearTimeout(this.#timer);
    try {
      this.#tokens = await askForTokens(REFRESH, { refreshToken: this.#tokens.refreshToken });
      this.#schedule();
      return this.#tokens.accessToken;
    } catch {
      this.#over();
      return undefined;
    }
  }

  #schedule(): void {
    const left = Date.parse(this.#tokens.expiresAt) - Date.now();
    // Where the clocks differ by more than its life, a token is refreshed when it is refused.
    if (left > 0) this.#timer = setTimeout(() => void this.renew(), Math.max(left - MARGIN, left / 2));
  }
}

async function askForTokens(query: string, input: Record<string, string>): Promise<Tokens> {
  const { data, errors } = await ask(query, input);
  const wrong = data?.answer?.errors?.[0] ?? errors?.[0];
  if (wrong) throw new Error(wrong.message);
  if (!data?.answer?.session) throw new Error("the gateway answered without a session");
  return data.answer.session;
}

/** Asks without a token: these mutations need none. */
async function ask(query: string, input: Record<string, string>): Promise<Answer> {
  const response = await fetch("/graphql", {
    method: "POST",
    credentials: "omit",
    headers: { accept: "application/graphql-response+json", "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { input } }),
  });
  // What is no JSON is no session either.
  return (await response.json().catch(() => ({}))) as Answer;
}
