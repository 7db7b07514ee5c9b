// Sends what GraphiQL asks to the gateway, in the name of whoever is chosen.
import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import type { ExecutionResult } from "graphql";
import type { Identity } from "./session";

const GRAPH = "/graphql";

export function createFetcher(identity: Identity): Fetcher {
  return async (parameters, options) => {
    const own = options?.headers ?? {};
    const response = await post(parameters, own, identity.token());
    if (response.status !== 401 || "authorization" in lowerCased(own)) return read(response);
    // A token lives an hour at most, and ends when its bearer gets another role; the page may be open for longer.
    const renewed = await identity.renew();
    return read(renewed === undefined ? response : await post(parameters, own, renewed));
  };
}

function post(parameters: FetcherParams, own: Record<string, string>, token: string | undefined): Promise<Response> {
  return fetch(GRAPH, {
    method: "POST",
    credentials: "omit",
    headers: {
      accept: "application/graphql-response+json, application/json",
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      // What is written in the headers editor wins.
      ...lowerCased(own),
    },
    body: JSON.stringify(parameters),
  });
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

async function read(response: Response): Promise<ExecutionResult> {
  const text = await response.text();
  const answer = parse(text);
  if (response.status !== 401 && answer !== undefined) return answer;
  const refused =
    response.status === 401
      ? "The gateway does not accept the token (401): it is missing, wrong or has expired. Choose another user, sign in or paste a new token in the header of this page."
      : `The gateway answered ${response.status} ${response.statusText}, and not with JSON: ${text.slice(0, 500) || "nothing"}`;
  // As plain JSON, not as GraphQLError: nothing but its message and what the gateway said is to be shown.
  return { errors: [{ message: refused, ...(answer === undefined ? {} : { extensions: { gateway: answer } }) }] } as unknown as ExecutionResult;
}

function parse(text: string): ExecutionResult | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}
