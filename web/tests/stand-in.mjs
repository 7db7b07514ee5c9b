// A gateway in miniature for the browser test: dist/ under the gateway's policy, two organizations, and as much
// of the graph as the first example asks for.
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSchema, graphql } from "graphql";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const GATEWAY = fileURLToPath(new URL("../../api/src/server/graphiql.rs", import.meta.url));
const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".woff2": "font/woff2",
};
const ORGANIZATIONS = ["Northwind Roofing", "Alpine Conformity"];

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));

/** Starts it on a free port. */
export async function startStandIn() {
  const policy = policyOfTheGateway();
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://stand-in").pathname;
    if (path === "/graphiql/session.json") return json(response, 200, session());
    if (path === "/graphql") return answer(request, response);
    const file = join(DIST, path === "/" ? "index.html" : normalize(path).replace(/^\/graphiql\//, ""));
    if (!file.startsWith(DIST) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      return response.writeHead(404).end();
    }
    const headers = { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "x-content-type-options": "nosniff" };
    response.writeHead(200, { ...headers, "content-security-policy": policy }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The very policy of the gateway, so that the test cannot pass under a laxer one. */
function policyOfTheGateway() {
  const [, text] = /const POLICY: &str = "([^;][^]*?)";\n/.exec(readFileSync(GATEWAY, "utf8"));
  return text.replace(/\\\n\s*/g, "");
}

function session() {
  return {
    by: "demo",
    organizations: ORGANIZATIONS.map((name, index) => ({
      name,
      users: [
        { id: `${index}-admin`, name: "Somebody", roles: ["admin"], token: `eyJ.${index}.admin` },
        { id: `${index}-viewer`, name: "Somebody else", roles: ["viewer"], token: `eyJ.${index}.viewer` },
        { id: `${index}-nobody`, name: "A newcomer", roles: [], token: `eyJ.${index}.nobody` },
      ],
    })),
  };
}

async function answer(request, response) {
  const organization = /^Bearer eyJ\.(\d)\./.exec(request.headers.authorization ?? "")?.[1];
  if (organization === undefined) return json(response, 401, { errors: [{ message: "no token" }] });
  let body = "";
  for await (const chunk of request) body += chunk;
  const { query, variables, operationName } = JSON.parse(body);
  const photo = (number) => ({
    id: `${organization}${number}`,
    s3Key: `${["maple-street", "cleanroom"][organization]}/2026-09-16/IMG_${2041 + number}.png`,
    uploadedAt: "2026-09-16T12:58:00Z",
    project: { name: "A site" },
    user: { fullName: "Marcus Bell" },
    detections: { nodes: [{ detectionType: "DAMAGE", confidence: 0.91, userConfirmed: false }] },
    tags: { nodes: [{ tag: "hail", source: "AI" }] },
  });
  const rootValue = {
    photos: ({ first = 5 }) => ({
      totalCount: 42,
      nodes: Array.from({ length: first }, (_, number) => photo(number)),
      pageInfo: { hasNextPage: true, endCursor: "opaque" },
    }),
  };
  json(response, 200, await graphql({ schema, source: query, rootValue, variableValues: variables, operationName }));
}

function json(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
