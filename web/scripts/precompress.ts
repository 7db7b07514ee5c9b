// Lays a .br beside what compresses, and adds the licences of the fonts, which are no code and so unknown to the bundler.
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSES = /\.(css|html|js|md|svg|ttf)$/;
const FONTS = ["@fontsource/fira-code", "@fontsource/roboto"];

export function precompress(): Plugin {
  let root = "";
  let folder = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      root = config.root;
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const font of FONTS) {
        const license = readFileSync(join(root, "node_modules", font, "LICENSE"), "utf8");
        appendFileSync(join(folder, "licenses.md"), `\n## ${font}\n\n${license}\n`);
      }
      const total = { raw: 0, gzip: 0, brotli: 0 };
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const path = join(folder, name);
        if (!statSync(path).isFile()) continue;
        const raw = readFileSync(path);
        total.raw += raw.length;
        if (!COMPRESSES.test(name)) {
          total.gzip += raw.length;
          total.brotli += raw.length;
          continue;
        }
        const brotli = brotliCompressSync(raw, {
          params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length },
        });
        writeFileSync(`${path}.br`, brotli);
        total.gzip += gzipSync(raw, { level: 9 }).length;
        total.brotli += brotli.length;
      }
      console.log(`all files: ${total.raw} bytes, gzip ${total.gzip}, brotli ${total.brotli}`);
    },
  };
}
