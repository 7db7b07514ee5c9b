// Holds schema.graphql to the rules of the GraphQL specification, and every operation of the project to it: the examples
// of GraphiQL, and the tests' own as urql and Relay send them. Nothing deprecated, nothing beyond the gateway's limits.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { validate } from "@graphql-inspector/core";
import { assertValidSchema, buildSchema, Source } from "graphql";

const project = resolve(import.meta.dirname, "../../..");
const read = (...path) => readFileSync(join(project, ...path), "utf8");
const below = (folder, ending) =>
  readdirSync(join(project, folder), { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));

// As the gateway has them: `fieldgraph serve --help`.
const limits = { maxDepth: 15, maxTokenCount: 15_000, maxAliasCount: 30, maxDirectiveCount: 50 };

const schema = buildSchema(read("schema.graphql"));
assertValidSchema(schema);

const documents = [
  ...below("web/examples", ".graphql").map((path) => ({ name: path, text: read(path) })),
  ...Object.values(JSON.parse(read("tests/typescript/generated/persisted-documents.json"))).map((text) => ({ name: "urql", text })),
  ...below("tests/typescript/relay/__generated__", ".graphql.ts").flatMap(sentByRelay),
];
for (const kind of ["web/examples/", "urql", "relay/"]) {
  if (!documents.some(({ name }) => name.startsWith(kind))) throw new Error(`no document of ${kind}: was it generated?`);
}

let failed = 0;
for (const { name, text } of documents) {
  // Each by itself, since two may give a fragment the same name.
  const [result] = validate(schema, [new Source(text, name)], limits);
  const faults = [...(result?.errors ?? []), ...(result?.deprecated ?? [])];
  if (faults.length === 0) continue;
  failed += 1;
  console.log(`FAILED ${name}\n${faults.map((fault) => `  ${fault.message}`).join("\n")}\n${text}`);
}
console.log(`schema.graphql is valid; its operations: ${documents.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** The text in an artifact of the Relay compiler; fragments have none. */
function sentByRelay(path) {
  const text = /^ *"text": (".*")/m.exec(read(path))?.[1];
  return text === undefined ? [] : [{ name: `relay/${basename(relative(project, path))}`, text: JSON.parse(text) }];
}
