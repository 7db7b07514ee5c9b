// Runs the audit of the GraphQL-over-HTTP specification against a gateway: node audit.mjs http://127.0.0.1:8080/graphql
// MUST and SHOULD have to pass; what MAY be otherwise is only named. A token is read from FIELDGRAPH_TOKEN, if there is one.
import { auditServer } from "graphql-http";

const [url] = process.argv.slice(2);
if (!url) {
  console.error("usage: node audit.mjs URL");
  process.exit(2);
}

// What a client of the gateway always sends: the header that guards a GET, and its token.
const own = { "graphql-require-preflight": "1" };
if (process.env.FIELDGRAPH_TOKEN) {
  own.authorization = `Bearer ${process.env.FIELDGRAPH_TOKEN}`;
}
const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, ...own } });

const results = await auditServer({ url, fetchFn });
const failed = results.filter(({ status }) => status !== "ok");
for (const { id, name, status, reason } of failed) {
  console.log(`${status} ${id} ${name}: ${reason}`);
}
const broken = failed.filter(({ name }) => !name.startsWith("MAY"));
console.log(
  `${results.length - failed.length} of ${results.length} audits passed, ${broken.length} that must or should pass did not`,
);
process.exit(results.length > 0 && broken.length === 0 ? 0 : 1);
