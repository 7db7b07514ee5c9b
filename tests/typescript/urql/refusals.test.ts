// What a client sees when the gateway refuses: at the top of the answer, each with a code.
import { describe, expect, test } from "vitest";
import { graphql } from "../generated";
import { ask, client, codes, there } from "../support/urql";

const WhoAmI = graphql(`
  query WhoAmI {
    viewer {
      permissions
      organization {
        slug
      }
    }
  }
`);

const SomePhoto = graphql(`
  query SomePhoto {
    photos(first: 1) {
      nodes {
        id
      }
    }
  }
`);

const ForbiddenDelete = graphql(`
  mutation ForbiddenDelete($input: DeletePhotoInput!) {
    deletePhoto(input: $input) {
      photo {
        id
      }
      errors {
        code
      }
    }
  }
`);

const Expensive = graphql(`
  query Expensive {
    photos(first: 100) {
      nodes {
        id
        detections(first: 100) {
          nodes {
            id
            tags(first: 100) {
              nodes {
                id
              }
            }
          }
        }
      }
    }
  }
`);

const FromCursor = graphql(`
  query FromCursor($after: String) {
    photos(after: $after) {
      nodes {
        id
      }
    }
  }
`);

function statusOf(response: unknown): number | undefined {
  return response instanceof Response ? response.status : undefined;
}

describe("without a token that holds", () => {
  test.each([
    ["none", undefined],
    ["no token at all", { token: "not-a-token" }],
    ["a token that somebody else signed", { token: forged() }],
  ])("%s: 401, and nothing else", async (_name, who) => {
    const { data, error } = await client(who).query(WhoAmI, {}).toPromise();
    expect(statusOf(error?.response)).toBe(401);
    expect(data ?? null).toBeNull();
    expect(codes(error)).toEqual(["UNAUTHENTICATED"]);
  });

  function forged(): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { sub: "x", org: "x", iss: "fieldgraph", aud: "fieldgraph", exp: 4_000_000_000 };
    return `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`;
  }
});

test("a viewer reads, and is forbidden to delete", async () => {
  const viewer = client("northwindViewer");
  const { viewer: me } = await ask(viewer, WhoAmI, {});
  expect(me.permissions).toContain("photos:read");
  expect(me.permissions).not.toContain("photos:write");
  const { photos } = await ask(viewer, SomePhoto, {});
  const { id } = there(photos.nodes[0]);

  const { data, error } = await viewer.mutation(ForbiddenDelete, { input: { id } }).toPromise();
  expect(codes(error)).toEqual(["FORBIDDEN"]);
  expect(data ?? null).toBeNull();
  expect(error?.graphQLErrors[0]?.path).toEqual(["deletePhoto"]);
  expect(error?.graphQLErrors[0]?.extensions["requestId"]).toBeTypeOf("string");
  expect((await ask(viewer, SomePhoto, {})).photos.nodes[0]?.id).toBe(id);
});

test("what would touch too many rows is refused before it runs", async () => {
  const { error } = await client("northwindAdmin").query(Expensive, {}).toPromise();
  expect(codes(error)).toEqual(["COST_LIMIT_EXCEEDED"]);
});

test("a cursor that nobody gave out is refused by name", async () => {
  const { error } = await client("northwindAdmin").query(FromCursor, { after: "somewhere" }).toPromise();
  expect(codes(error)).toEqual(["BAD_REQUEST"]);
  expect(error?.message).toMatch(/cursor/);
});
