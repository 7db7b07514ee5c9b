// One gateway for all tests, on a database of its own with the demo data: started before them, ended by its pid after them.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";
import { PEOPLE, type Person } from "./people";

declare module "vitest" {
  interface ProvidedContext {
    gateway: { url: string; tokens: Record<Person, string> };
  }
}

const program = resolve(process.env["FIELDGRAPH_PROGRAM"] ?? "../../target/debug/fieldgraph");

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(program)) throw new Error(`there is no ${program}: build it, or say in FIELDGRAPH_PROGRAM where it is`);
  const folder = mkdtempSync(join(tmpdir(), "fieldgraph-typescript-"));
  // Nothing of the settings of whoever runs the tests: they may speak of a database that matters.
  const environment: NodeJS.ProcessEnv = { FIELDGRAPH_DATA_DIR: folder };
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(FIELDGRAPH_|DATABASE_URL$|MIGRATION_DATABASE_URL$)/.test(name)) environment[name] = value;
  }
  for (const name of ["FIELDGRAPH_POSTGRES_BIN", "FIELDGRAPH_POSTGRES_USER"]) environment[name] = process.env[name];

  const gateway = spawn(program, ["serve", "--listen", "127.0.0.1:0"], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = async (): Promise<void> => {
    await end(gateway);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await address(gateway);
    const token = ({ organization, email }: (typeof PEOPLE)[Person]): string => {
      const result = spawnSync(program, ["token", "--organization", organization, "--user", email], {
        cwd: folder,
        env: environment,
        encoding: "utf8",
      });
      if (result.status !== 0) throw new Error(`no token for ${email}: ${result.stderr}`);
      return result.stdout.trim();
    };
    project.provide("gateway", {
      url: `${url}/graphql`,
      tokens: {
        northwindAdmin: token(PEOPLE.northwindAdmin),
        northwindViewer: token(PEOPLE.northwindViewer),
        alpineAdmin: token(PEOPLE.alpineAdmin),
      },
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** Waits for the line that says where the gateway listens. */
function address(gateway: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    const said: string[] = [];
    for (const stream of [gateway.stdout, gateway.stderr]) {
      if (!stream) continue;
      createInterface(stream).on("line", (line) => {
        said.push(line);
        const url = /^Fieldgraph listens on (http:\S+)/.exec(line)?.[1];
        if (url !== undefined) found(url);
      });
    }
    gateway.once("error", failed);
    gateway.once("exit", (code) => {
      failed(new Error(`${program} ended with ${String(code)} before it listened:\n${said.join("\n")}`));
    });
  });
}

function end(gateway: ChildProcess): Promise<void> {
  if (gateway.exitCode !== null || gateway.signalCode !== null || gateway.pid === undefined) return Promise.resolve();
  return new Promise((ended) => {
    gateway.once("exit", () => {
      ended();
    });
    gateway.kill("SIGTERM");
  });
}
