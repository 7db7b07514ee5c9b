// Runs the tests against one gateway, which support/gateway.ts starts and ends.
import { transformAsync } from "@babel/core";
import { defineConfig, type Plugin } from "vitest/config";

/** Puts the artifacts of the Relay compiler in the place of the documents that they were made from. */
const relay: Plugin = {
  name: "relay",
  enforce: "pre",
  async transform(code, id) {
    if (!id.includes("/relay/") || !code.includes("graphql`")) return null;
    const result = await transformAsync(code, {
      filename: id,
      configFile: false,
      babelrc: false,
      sourceMaps: true,
      parserOpts: { plugins: ["typescript", "jsx"] },
      plugins: [["relay", { eagerEsModules: true }]],
    });
    return result?.code == null ? null : { code: result.code, map: result.map ?? null };
  },
};

export default defineConfig({
  plugins: [relay],
  test: {
    include: ["urql/**/*.test.ts", "relay/**/*.test.tsx"],
    globalSetup: "support/gateway.ts",
    // One database: what one file writes is not to shift another one's pages.
    fileParallelism: false,
    // The gateway makes its database first.
    hookTimeout: 120_000,
    testTimeout: 30_000,
    environmentOptions: {
      // The page is not the gateway's own; what browsers ask then is tested with the gateway's HTTP.
      happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } },
    },
  },
});
