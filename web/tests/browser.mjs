// GraphiQL as a newcomer meets it, in headless Chromium: it loads with the network closed but for the gateway, nothing is
// refused by the Content-Security-Policy, the first press of the play button shows rows, and no token is kept anywhere.
//
//   node tests/browser.mjs                                            against the stand-in beside this file
//   node tests/browser.mjs --url http://127.0.0.1:8080 --screenshot graphiql.png       against a gateway with demo data
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { startStandIn } from "./stand-in.mjs";

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    screenshot: { type: "string", default: "graphiql.png" },
    dark: { type: "boolean", default: false },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});

const standIn = values.url === undefined ? await startStandIn() : undefined;
const origin = new URL(values.url ?? standIn.url).origin;
const profile = mkdtempSync(join(tmpdir(), "graphiql-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: values.chromium,
  headless: true,
  viewport: { width: 1440, height: 900 },
  colorScheme: values.dark ? "dark" : "light",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // No name but the gateway's is looked up, whatever the page or the browser try.
    `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${new URL(origin).hostname}`,
  ],
});

const complaints = [];
const strangers = [];
let passed = 0;
let failed = 0;

try {
  const page = await context.newPage();
  await context.route("**/*", (route) => {
    const url = new URL(route.request().url());
    if (url.origin === origin) return route.continue();
    strangers.push(url.href);
    return route.abort();
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && /eyJ|token=/i.test(url.search)) complaints.push(`a token in a URL: ${url.pathname}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} refuses ${event.blockedURI} (${event.sourceFile}:${event.lineNumber}) ${event.sample}`);
    });
  });

  let response;
  await check("the page is served with a strict policy", async () => {
    response = await page.goto(`${origin}/`);
    assert.equal(response.status(), 200);
    const policy = response.headers()["content-security-policy"] ?? "";
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.doesNotMatch(policy, /unsafe-eval|https?:|\*/);
    assert.doesNotMatch(policy, /(script|default)-src[^;]*unsafe/);
  });

  await check("the play button waits until the editors are there", async () => {
    const editor = /\/assets\/editor\.api-[^/]*\.js$/;
    const button = page.getByRole("button", { name: /execute query/i });
    const reacts = () => button.evaluate((element) => getComputedStyle(element).pointerEvents !== "none");
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route(editor, async (route) => {
      await held;
      await route.fallback();
    });
    try {
      await page.reload({ waitUntil: "commit" });
      await button.waitFor();
      assert.equal(await reacts(), false);
    } finally {
      release();
    }
    await page.locator(".graphiql-query-editor .view-lines").waitFor();
    await page.locator(".result-window .view-lines").waitFor({ state: "attached" });
    assert.equal(await reacts(), true);
    await page.unroute(editor);
  });

  await check("everybody of both organizations can be chosen, and somebody is", async () => {
    const people = page.getByLabel("Signed in as");
    await people.waitFor();
    const { organizations } = await session();
    assert.ok(organizations.length >= 2, JSON.stringify(organizations));
    for (const { name, users } of organizations) {
      const shown = await people.locator(`optgroup[label="${name}"] option`).allTextContents();
      assert.deepEqual(shown, users.map((user) => `${user.name} (${user.roles.join(", ") || "no role"})`));
    }
    assert.equal(await people.inputValue(), organizations[0].users[0].id);
  });

  await check("each part of the graph has its tab", async () => {
    await page.getByRole("tab", { name: "Photos" }).first().waitFor();
    assert.ok((await page.getByRole("tab").count()) >= 7);
  });

  await check("the first press of the play button shows rows", async () => {
    const answer = await press(page);
    const body = await answer.json();
    assert.equal(answer.status(), 200, JSON.stringify(body));
    assert.match(answer.request().headers()["authorization"] ?? "", /^Bearer ey/);
    assert.ok(body.data.photos.nodes.length > 0, JSON.stringify(body));
    // In the editor as well, not only on the wire.
    await page.locator(".result-window .view-lines", { hasText: body.data.photos.nodes[0].s3Key }).waitFor();
  });

  await check("the schema is there: fields are documented and suggested", async () => {
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.locator(".graphiql-doc-explorer", { hasText: "Root Types" }).waitFor();
    await page.getByRole("button", { name: "Hide Documentation Explorer" }).click();
    // By the editor's worker, which the policy must let run.
    await page.locator(".graphiql-query-editor .view-line", { hasText: "totalCount" }).click();
    await page.keyboard.press("Control+Space");
    await page.locator(".graphiql-query-editor .suggest-widget .monaco-list-row").first().waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".graphiql-query-editor .squiggly-error").count(), 0);
  });

  await page.mouse.move(720, 20);
  await page.screenshot({ path: values.screenshot });
  console.log(`screenshot: ${resolve(values.screenshot)}`);

  await check("the dialogs and the menu of the editor obey the policy too", async () => {
    await page.getByRole("button", { name: "Open settings dialog" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.locator(".graphiql-query-editor .view-lines").first().click();
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget").waitFor();
    await page.keyboard.press("Escape");
  });

  await check("another organization sees other rows", async () => {
    const before = await rows();
    const { organizations } = await session();
    await page.getByLabel("Signed in as").selectOption(organizations[1].users[0].id);
    const body = await ask(page);
    assert.ok(body.data.photos.nodes.length > 0, JSON.stringify(body));
    assert.notEqual(body.data.photos.nodes[0].s3Key, before);
    await page.locator(".result-window .view-lines", { hasText: body.data.photos.nodes[0].s3Key }).waitFor();

    async function rows() {
      const text = await page.locator(".result-window .view-lines").innerText();
      return /s3Key":\s*"([^"]+)"/.exec(text.replaceAll("\u00a0", " "))?.[1];
    }
  });

  await check("nothing was refused, nothing went wrong", async () => assert.deepEqual(complaints, []));
  await check("no request left the gateway", async () => assert.deepEqual(strangers, []));
  // From here on the browser complains of the refusals that are arranged.

  await check("a token that is refused is replaced, and the question asked again", async () => {
    let refusals = 1;
    await page.route(`${origin}/graphql`, (route) =>
      refusals-- > 0 ? route.fulfill({ status: 401, json: { errors: [{ message: "expired" }] } }) : route.fallback(),
    );
    const session = page.waitForResponse(`${origin}/graphiql/session.json`);
    const body = await ask(page);
    assert.equal((await session).status(), 200);
    assert.ok(body.data.photos.nodes.length > 0, JSON.stringify(body));
    await page.unroute(`${origin}/graphql`);
  });

  await check("no token of the demo is kept", async () => {
    const { organizations } = await session();
    await assertKeepsNone(organizations.flatMap(({ users }) => users).map(({ token }) => token));
    await assertKeepsNone(["eyJ"]);
  });

  await check("with a password one signs in, and the session goes on before its token expires", async () => {
    const [first, second] = (await session()).organizations[0].users;
    const inSeconds = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
    const answers = {
      SignIn: ({ password }) =>
        password === "right and long enough"
          ? { session: { accessToken: first.token, expiresAt: inSeconds(4), refreshToken: "refresh-one", roles: first.roles }, errors: [] }
          : { session: null, errors: [{ message: "login or password is not right" }] },
      RefreshSession: () => ({
        session: { accessToken: second.token, expiresAt: inSeconds(900), refreshToken: "refresh-two", roles: second.roles },
        errors: [],
      }),
      SignOut: () => ({ endedSessions: 1 }),
    };
    const asked = [];
    let release;
    // Whatever is asked meanwhile has the old token.
    const held = new Promise((resolve) => (release = resolve));
    await page.route(`${origin}/graphiql/session.json`, (route) => route.fulfill({ json: { by: "password" } }));
    await page.route(`${origin}/graphql`, async (route) => {
      const { query, variables } = route.request().postDataJSON();
      const name = /^mutation (SignIn|RefreshSession|SignOut)\b/.exec(query)?.[1];
      if (name === undefined) return route.fallback();
      asked.push({ name, ...variables.input, authorization: route.request().headers()["authorization"] });
      if (name === "RefreshSession") await held;
      return route.fulfill({ json: { data: { answer: answers[name](variables.input) } } });
    });
    await page.reload();
    await page.getByLabel("Login").fill("dana");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: "login or password is not right" }).waitFor();
    await page.screenshot({ path: values.screenshot.replace(/\.png$/, ".sign-in.png") });
    await page.getByLabel("Password").fill("right and long enough");
    const refreshed = page.waitForRequest((request) => request.postData()?.includes("RefreshSession") ?? false);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Signed in as dana").waitFor();
    const before = await press(page);
    assert.equal(before.request().headers()["authorization"], `Bearer ${first.token}`);
    const refreshing = await refreshed;
    release();
    await refreshing.response();
    const after = await press(page);
    assert.equal(after.request().headers()["authorization"], `Bearer ${second.token}`);

    await page.screenshot({ path: values.screenshot.replace(/\.png$/, ".signed-in.png") });
    await assertKeepsNone([first.token, second.token, "refresh-one", "refresh-two", "right and long enough", "eyJ"]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Password").waitFor();
    assert.deepEqual(
      asked.map(({ name, refreshToken }) => [name, refreshToken]),
      [
        ["SignIn", undefined],
        ["SignIn", undefined],
        ["RefreshSession", "refresh-one"],
        ["SignOut", "refresh-two"],
      ],
    );
    assert.ok(asked.every(({ authorization }) => authorization === undefined));
    await page.unroute(`${origin}/graphql`);
    await page.unroute(`${origin}/graphiql/session.json`);
  });

  await check("a token can be pasted, a bad one is named as such, and none is kept", async () => {
    await page.route(`${origin}/graphiql/session.json`, (route) => route.fulfill({ json: { by: "token" } }));
    await page.reload();
    assert.equal(await page.getByLabel("Password").count(), 0);
    await page.getByLabel("Token").fill("not-a-token");
    await page.getByLabel("Token").press("Enter");
    await page.getByRole("button", { name: /execute query/i }).click();
    await page.locator(".result-window .view-lines", { hasText: "does not accept the token (401)" }).waitFor();
    // Another question, so that it gets into the history.
    await page.getByRole("tab", { name: "Viewer" }).click();
    await page.getByRole("button", { name: "Headers", exact: true }).click();
    await page.locator(".graphiql-editor-tool .monaco-editor:visible").click();
    await page.keyboard.insertText('{ "Authorization": "Bearer not-a-token-either" }');
    const sent = page.waitForRequest((request) => request.headers()["authorization"] === "Bearer not-a-token-either");
    await page.getByRole("button", { name: /execute query/i }).click();
    await sent;
    await page.waitForFunction(() => localStorage.getItem("graphiql:queries")?.includes("query Viewer"));
    await assertKeepsNone(["not-a-token"]);
    await page.reload();
    assert.equal(await page.getByLabel("Token").inputValue(), "");
  });

  await check("still no request left the gateway", async () => assert.deepEqual(strangers, []));
  if (failed > 0) {
    await page.screenshot({ path: `${values.screenshot}.failed.png` });
    console.log(`as it failed: ${resolve(`${values.screenshot}.failed.png`)}`);
  }
} finally {
  await context.close();
  standIn?.stop();
  rmSync(profile, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Presses the play button; the answer to what stands in the editor, whatever else the page may ask meanwhile. */
async function press(page) {
  const answered = page.waitForResponse(
    (answer) =>
      answer.url() === `${origin}/graphql` && answer.status() !== 401 && !/__schema|: refreshSession\(/.test(answer.request().postData() ?? ""),
  );
  await page.getByRole("button", { name: /execute query/i }).click();
  return answered;
}

async function ask(page) {
  return (await press(page)).json();
}

/** What the gateway tells of its demo, asked beside the page. */
async function session() {
  const answer = await context.request.get(`${origin}/graphiql/session.json`);
  return answer.json();
}

/** Looks for texts wherever a page can leave something: storage, databases, caches, cookies, the address, the history's state. */
async function assertKeepsNone(texts) {
  const [page] = context.pages().slice(-1);
  const left = await page.evaluate(async () =>
    JSON.stringify({
      local: { ...localStorage },
      session: { ...sessionStorage },
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
      cookie: document.cookie,
      address: location.href,
      state: history.state,
      name: window.name,
    }),
  );
  const everything = left + JSON.stringify(await context.cookies());
  for (const text of texts) assert.ok(!everything.includes(text), `kept: ${text}`);
  assert.equal(page.url(), `${origin}/`);
  assert.match(everything, /"databases":\[\],"caches":\[\],"cookie":""/);
}

async function check(name, work) {
  try {
    await work();
    passed += 1;
    console.log(`ok     ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}\n${String(error?.stack ?? error)}`);
  }
}
