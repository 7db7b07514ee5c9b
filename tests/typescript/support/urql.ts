// urql as a team sets it up, less its cache: here every answer is to come from the gateway.
import { Client, fetchExchange, type AnyVariables, type CombinedError, type DocumentInput } from "@urql/core";
import { inject } from "vitest";
import type { Person } from "./people";

/** A client that asks as this person; with a token instead of a person, by that; without either, as nobody. */
export function client(who?: Person | { token: string }): Client {
  const { url, tokens } = inject("gateway");
  const token = typeof who === "string" ? tokens[who] : who?.token;
  return new Client({
    url,
    exchanges: [fetchExchange],
    preferGetMethod: false,
    requestPolicy: "network-only",
    ...(token === undefined ? {} : { fetchOptions: { headers: { authorization: `Bearer ${token}` } } }),
  });
}

/** The answer to a query; whoever wants its errors asks the client itself. */
export async function ask<Data, Variables extends AnyVariables>(
  asker: Client,
  document: DocumentInput<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const { data, error } = await asker.query(document, variables).toPromise();
  return answer(data, error);
}

/** The answer to a mutation. */
export async function tell<Data, Variables extends AnyVariables>(
  asker: Client,
  document: DocumentInput<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const { data, error } = await asker.mutation(document, variables).toPromise();
  return answer(data, error);
}

function answer<Data>(data: Data | undefined, error: CombinedError | undefined): Data {
  if (error) throw error;
  if (data === undefined) throw new Error("neither data nor an error came back");
  return data;
}

/** `extensions.code` of every error at the top of an answer. */
export function codes(error: CombinedError | undefined): unknown[] {
  return (error?.graphQLErrors ?? []).map(({ extensions }) => extensions["code"]);
}

/** What has to be there, or the test ends here. */
export function there<Value>(value: Value | null | undefined, name = "a value"): Value {
  if (value === null || value === undefined) throw new Error(`${name} is missing`);
  return value;
}
