// TypeScript for urql's documents, from schema.graphql: every scalar has a type, or there is no code.
import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: ["urql/**/*.ts", "support/*.ts"],
  generates: {
    "./generated/": {
      preset: "client",
      presetConfig: {
        fragmentMasking: { unmaskFunctionName: "readFragment" },
        // All documents in one file as well, as they are sent: for scripts/check-operations.mjs.
        persistedDocuments: true,
      },
      config: {
        strictScalars: true,
        scalars: { BigInt: "number", DateTime: "string", JSON: "unknown" },
        useTypeImports: true,
      },
    },
  },
};

export default config;
