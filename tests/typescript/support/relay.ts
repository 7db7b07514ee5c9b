// Relay as a team sets it up: a store, and a network that is one fetch.
import { Environment, Network, type GraphQLResponse } from "relay-runtime";
import { inject } from "vitest";
import type { Person } from "./people";

/** Relay that asks as this person, and the names of the operations that it sent. */
export function relay(person: Person): { environment: Environment; sent: string[] } {
  const { url, tokens } = inject("gateway");
  const sent: string[] = [];
  const network = Network.create(async ({ name, text }, variables) => {
    sent.push(name);
    const response = await fetch(url, {
      method: "POST",
      headers: {
        accept: "application/graphql-response+json",
        authorization: `Bearer ${tokens[person]}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ query: text, variables, operationName: name }),
    });
    return (await response.json()) as GraphQLResponse;
  });
  return { environment: new Environment({ network }), sent };
}
