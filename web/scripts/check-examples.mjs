// Holds the example queries against schema.graphql: each parses, is valid, and its variables fit.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { buildSchema, getOperationAST, getVariableValues, parse, validate } from "graphql";

const examples = new URL("../examples/", import.meta.url);
const schemaFile = new URL("../../schema.graphql", import.meta.url);
const schema = existsSync(schemaFile) ? buildSchema(readFileSync(schemaFile, "utf8")) : undefined;
if (!schema) console.log("there is no schema.graphql: the examples are only parsed");

const names = readdirSync(examples).filter((name) => name.endsWith(".graphql"));
let failed = 0;
for (const name of names) {
  const faults = faultsOf(name).map((error) => `  ${error.message} ${place(error)}`);
  console.log(`${faults.length === 0 ? "ok    " : "FAILED"} ${name}`);
  if (faults.length > 0) {
    failed += 1;
    console.log(faults.join("\n"));
  }
}
console.log(`${names.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || names.length === 0 ? 1 : 0;

function faultsOf(name) {
  const document = attempt(() => parse(readFileSync(new URL(name, examples), "utf8")));
  if (document instanceof Error) return [document];
  const operation = getOperationAST(document);
  if (!operation?.name) return [new Error("one operation with a name is expected: it becomes the title of the tab")];
  const variablesFile = new URL(name.replace(/\.graphql$/, ".variables.json"), examples);
  const variables = existsSync(variablesFile) ? attempt(() => JSON.parse(readFileSync(variablesFile, "utf8"))) : {};
  if (variables instanceof Error) return [variables];
  if (!schema) return [];
  const faults = validate(schema, document);
  if (faults.length > 0) return faults;
  return getVariableValues(schema, operation.variableDefinitions ?? [], variables).errors ?? [];
}

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

function place(error) {
  const at = error.locations?.[0];
  return at ? `(line ${at.line}, column ${at.column})` : "";
}
