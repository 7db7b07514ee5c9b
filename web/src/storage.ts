// Where GraphiQL keeps tabs, history and settings: the browser's storage, but for request headers, which may hold a token.
// GraphiQL itself leaves them out of the tabs, not out of the history.

const HISTORY = ["graphiql:queries", "graphiql:favorites"];

export const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key: string) => localStorage.getItem(key),
  setItem: (key: string, value: string) => localStorage.setItem(key, HISTORY.includes(key) ? withoutHeaders(value) : value),
  removeItem: (key: string) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
};

function withoutHeaders(history: string): string {
  return JSON.stringify(JSON.parse(history), (name, value: unknown) => (name === "headers" ? undefined : value));
}
