// What schema.graphql, the operations and the TypeScript beside this file are held to. Run it from the project's root,
// as package.json does: ESLint looks at nothing above the folder that it is started in.
import { resolve } from "node:path";
import graphql from "@graphql-eslint/eslint-plugin";
import { defineConfig, globalIgnores } from "eslint/config";
import typescript from "typescript-eslint";

const here = import.meta.dirname;
const graphQLConfig = {
  schema: resolve(here, "../../schema.graphql"),
  documents: [resolve(here, "../../web/examples/*.graphql")],
};

const [, naming] = graphql.configs["flat/schema-recommended"].rules["@graphql-eslint/naming-convention"];
const rootFields = "FieldDefinition[parent.name.value=Query]";

export default defineConfig(
  globalIgnores(["**/node_modules/", "**/generated/!(graphql.ts)", "**/__generated__/"]),
  {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig } },
  },
  {
    files: ["schema.graphql"],
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,

      // Everything is described: not only types and root fields, which the preset asks for.
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          rootField: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          DirectiveDefinition: true,
          // The arguments of @include, @skip and @specifiedBy, which the GraphQL specification defines.
          ignoredSelectors: ["DirectiveDefinition > InputValueDefinition"],
        },
      ],
      // Every mutation takes one `input`, of the type that is named after it.
      "@graphql-eslint/input-name": ["error", { checkInputType: true, caseSensitiveInputType: false }],
      "@graphql-eslint/no-scalar-result-type-on-mutation": "error",
      "@graphql-eslint/require-nullable-fields-with-oneof": "error",

      // Rows have an id. What is made up for one answer has none: nothing could be looked up by it.
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          acceptedIdNames: ["id"],
          acceptedIdTypes: ["ID"],
          exceptions: {
            // A summary and a hit say something of a row that has one, and name it.
            suffixes: ["Payload", "Connection", "Edge", "Stats", "Summary", "Hit"],
            // A label is known by its name, the viewer and the session by their tokens, a quota by what it is of, usage by its month.
            types: ["PageInfo", "UserError", "Label", "Viewer", "Session", "OrganizationQuotas", "Quota", "MonthlyUsage"],
          },
        },
      ],
      "@graphql-eslint/relay-edge-types": [
        "error",
        {
          withEdgeSuffix: true,
          // A label is no row: see above.
          shouldImplementNode: false,
          // Beside `edges` a connection has `nodes`; mutations of many rows and statistics answer with plain lists.
          listTypeCanWrapOnlyEdgeType: false,
        },
      ],
      // `Detection.detectionType` and `Tag.tag` are called as their columns and as the field of the input that sets
      // them; `User.username` is one word. The rule knows no exceptions.
      "@graphql-eslint/no-typename-prefix": "off",
      // The log of the questions that were asked is no query that is called so.
      "@graphql-eslint/naming-convention": [
        "error",
        { ...naming, [rootFields]: { ...naming[rootFields], ignorePattern: "^queryLogs$" } },
      ],
    },
  },
  {
    files: ["web/examples/*.graphql"],
    rules: {
      ...graphql.configs["flat/operations-recommended"].rules,
      // Ids are for programs that keep a cache. These are read by people, and leave them out where they say nothing.
      "@graphql-eslint/require-selections": "off",
    },
  },
  {
    // Of the generated code, that which speaks of our types. The rest is the tools' own plumbing.
    files: ["tests/typescript/generated/graphql.ts"],
    plugins: { "@typescript-eslint": typescript.plugin },
    languageOptions: { parser: typescript.parser },
    // Its own first line switches every rule off.
    linterOptions: { noInlineConfig: true },
    rules: { "@typescript-eslint/no-explicit-any": "error" },
  },
  {
    files: ["tests/typescript/**/*.{ts,tsx}"],
    ignores: ["**/generated/"],
    extends: [typescript.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: here } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
);
