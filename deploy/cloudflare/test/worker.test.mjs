import assert from "node:assert/strict";
import { after, test } from "node:test";
import WebSocket from "ws";
import { HEALTHY, TOKEN } from "./engine.mjs";
import { cell, until } from "./support.mjs";

/** One for the tests that only ask and change nothing. */
const shared = await cell({ after });

test("health wakes the container, and says what it is until it serves", async (t) => {
  const { engine, health, ...made } = await cell(t).then(bound);
  assert.deepEqual(await health(), { status: 503, version: "version-1", revision: "", gateway: "starting" });
  const seen = await made.until("running");
  assert.deepEqual([...new Set(seen)], seen.length > 1 ? ["starting", "running"] : ["running"]);
  assert.deepEqual(await health(), { status: 200, version: "version-1", revision: "abc123", gateway: "running" });
  assert.equal(engine.created.length, 1);
  assert.ok(engine.created[0].Env.includes(`CLAWDBOT_GATEWAY_TOKEN=${TOKEN}`));
});

for (const [said, gateway] of [
  [{ ...HEALTHY, status: "starting" }, "starting"],
  [{ ...HEALTHY, status: "reloading" }, "starting"],
  [{ ...HEALTHY, status: "broken" }, "stopped"],
  [{ ...HEALTHY, status: "stopped" }, "stopped"],
  [{ ...HEALTHY, status: "constructor" }, "stopped"],
  [{ nothing: "of the kind" }, "starting"],
  [null, "starting"],
]) {
  test(`port 3000 says ${JSON.stringify(said?.status ?? said)}: ${gateway}`, async (t) => {
    const { engine, health } = await cell(t, { change: (it) => (it.health = said) }).then(bound);
    await health();
    await until(() => engine.running, "the container runs");
    const revision = said?.revision ?? "";
    const wanted = { status: 503, version: "version-1", revision, gateway };
    await until(async () => (await health()).revision === revision, "the container answers");
    assert.deepEqual(await health(), wanted);
  });
}

test("a container that ends at once is stopped, and not started again and again", async (t) => {
  const { engine, until: says } = await cell(t, { change: (it) => (it.endsWith = 7) }).then(bound);
  await says("stopped");
  const tried = engine.created.length;
  await says("stopped");
  assert.equal(engine.created.length, tried);
  engine.endsWith = null;
  await says("running");
});

test("an image that is not there is a container that is stopped", async (t) => {
  const made = await cell(t, { change: (it) => (it.hasImage = false) }).then(bound);
  await made.until("stopped");
  const status = await (await made.fetch("/admin/status")).json();
  assert.match(status.failure, /start/);
});

for (const [what, path, headers] of [
  ["no token", "/", {}],
  ["another token", "/", { Authorization: "Bearer other" }],
  ["an empty one", "/", { Authorization: "Bearer " }],
  ["the token and more", "/", { Authorization: `Bearer ${TOKEN}x` }],
  ["the token by another scheme", "/", { Authorization: `Basic ${TOKEN}` }],
  ["the token in the address", `/?token=${TOKEN}`, {}],
  ["no token, for health of another name", "/health/x", {}],
  ["no token, for the layer's health", "/loa/health", {}],
  ["no token, for the status", "/admin/status", {}],
]) {
  test(`refused: ${what}`, async () => {
    const { url, engine } = shared;
    const created = engine.created.length;
    const response = await fetch(url + path, { headers });
    assert.equal(response.status, 401);
    assert.equal(response.headers.get("WWW-Authenticate"), "Bearer");
    assert.doesNotMatch(await response.text(), new RegExp(TOKEN));
    assert.equal(engine.created.length, created);
    assert.ok(!engine.asked.some(({ url }) => url.startsWith(path) && path !== "/"));
  });
}

test("without a token of its own the Worker lets nobody in", async (t) => {
  const { url, engine } = await cell(t, { token: "" });
  for (const Authorization of ["", "Bearer", "Bearer ", "Bearer undefined", `Bearer ${TOKEN}`]) {
    const response = await fetch(`${url}/admin/restart`, { method: "POST", headers: { Authorization } });
    assert.equal(response.status, 401, Authorization);
  }
  assert.equal(engine.created.length, 0);
});

test("with the token a request reaches the gateway as it is, and waits for its start", async (t) => {
  const made = await cell(t, { change: (it) => (it.health = null) }).then(bound);
  const asked = made.fetch("/v1/tools?deep=1", { method: "POST", body: "hello" });
  await until(() => made.engine.running, "the container is started for it");
  made.engine.health = HEALTHY;
  const response = await asked;
  assert.deepEqual([response.status, response.headers.get("X-Gateway")], [200, "yes"]);
  assert.equal(await response.text(), "gateway: POST /v1/tools?deep=1");
  const [{ body, authorization }] = made.engine.asked.filter(({ method }) => method === "POST");
  assert.deepEqual([body, authorization], ["hello", `Bearer ${TOKEN}`]);
});

test("what is asked of a gateway that does not start is told to come again", async (t) => {
  const made = await cell(t, { change: (it) => (it.endsWith = 1) }).then(bound);
  const response = await made.fetch("/");
  assert.deepEqual([response.status, response.headers.get("Retry-After")], [503, "5"]);
});

test("many who wait look no more often than one does", async (t) => {
  const made = await cell(t, { change: (it) => (it.health = { ...HEALTHY, status: "starting" }) }).then(bound);
  const asked = Array.from({ length: 50 }, () => made.fetch("/"));
  await until(() => made.engine.looks > 0, "the container is looked at");
  const [before, began] = [made.engine.looks, performance.now()];
  await until(() => made.engine.looks >= before + 5, "it is looked at again");
  const pauses = made.engine.looks - before - 1;
  const took = performance.now() - began;
  assert.ok(took > pauses * 100 && took < pauses * 600, "there are 100 ms between two looks");
  made.engine.health = HEALTHY;
  assert.deepEqual([...new Set((await Promise.all(asked)).map(({ status }) => status))], [200]);
});

for (const [method, status, times] of [
  ["GET", 200, 2],
  ["HEAD", 200, 2],
  ["POST", 503, 1],
]) {
  test(`a container that ends while it is asked by ${method}: ${status}`, async (t) => {
    const made = await cell(t).then(bound);
    await made.until("running");
    made.engine.endsAt = "/end";
    const response = await made.fetch("/end", { method });
    const asked = made.engine.asked.filter(({ url }) => url === "/end");
    assert.deepEqual([response.status, asked.length], [status, times]);
  });
}

test("an error of the gateway's own is passed on, and shuts nobody out", async (t) => {
  const made = await cell(t).then(bound);
  await made.until("running");
  made.engine.failsAt = "/fails";
  for (const health of [HEALTHY, { ...HEALTHY, status: "broken" }, null]) {
    made.engine.health = health;
    const response = await made.fetch("/fails");
    assert.deepEqual([response.status, await response.text()], [502, "the gateway's own"]);
    assert.equal((await made.fetch("/else")).status, 200);
  }
});

test("a WebSocket goes through with the token, and is refused without", async (t) => {
  const made = await cell(t).then(bound);
  await made.until("running");
  const address = made.url.replace("http", "ws");
  const refused = new WebSocket(`${address}/?token=${TOKEN}`);
  assert.match(String(await new Promise((resolve) => refused.on("error", resolve))), /401/);
  const socket = new WebSocket(`${address}/`, { headers: { Authorization: `Bearer ${TOKEN}` } });
  t.after(() => socket.terminate());
  await new Promise((resolve, failed) => socket.on("open", resolve).on("error", failed));
  socket.send("ping");
  assert.equal(String(await new Promise((resolve) => socket.on("message", resolve))), "ping");
});

test("the log has each request's path and never its query, and not who asks for health", async (t) => {
  const made = await cell(t).then(bound);
  await made.until("running");
  await made.fetch("/path-to-see?secret=not-to-see");
  await fetch(`${made.url}/refused?secret=not-to-see`);
  await until(() => /GET \/refused 401/.test(made.log), "the lines are written");
  assert.match(made.log, /GET \/path-to-see 200/);
  assert.doesNotMatch(made.log, /not-to-see/);
  assert.doesNotMatch(made.log, /\/health/);
  assert.doesNotMatch(made.log, new RegExp(TOKEN));
});

test("health is asked by GET and HEAD only, and may not be kept", async () => {
  const { url } = shared;
  const post = await fetch(`${url}/health`, { method: "POST" });
  assert.deepEqual([post.status, post.headers.get("Allow")], [405, "GET, HEAD"]);
  const head = await fetch(`${url}/health?x=1`, { method: "HEAD" });
  assert.deepEqual([await head.text(), head.headers.get("Cache-Control")], ["", "no-store"]);
});

test("the cron saves the identity state, and only what is new", async (t) => {
  const { engine, miniflare, ...made } = await cell(t).then(bound);
  const worker = await miniflare.getWorker();
  await worker.scheduled({ cron: "*/15 * * * *" });
  assert.equal((await made.fetch("/admin/backup")).status, 404, "nothing runs, and nothing is woken");
  assert.equal(engine.created.length, 0);
  await made.until("running");
  await worker.scheduled({ cron: "*/15 * * * *" });
  assert.deepEqual(await (await made.fetch("/admin/backup")).json(), engine.backup);
  const { at, sha256 } = await (await made.fetch("/admin/backup", { method: "POST" })).json();
  const again = await (await made.fetch("/admin/backup", { method: "POST" })).json();
  assert.deepEqual([again.at, again.sha256], [at, sha256]);
});

test("the next container is started with the state of the one before", async (t) => {
  const made = await cell(t).then(bound);
  await made.until("running");
  assert.ok(made.engine.created[0].Env.includes("LOA_IDENTITY_BACKUP=none"));
  made.engine.backup = { schema: 1, shipped: "1", identity: '{"name":"Other"}' };
  assert.equal((await made.fetch("/admin/restart", { method: "POST" })).status, 202);
  await until(() => made.engine.created.length === 2, "another container");
  assert.ok(made.engine.created[1].Env.includes(`LOA_IDENTITY_BACKUP=${JSON.stringify(made.engine.backup)}`));
  await made.until("running");
});

test("the state is kept as the JSON that it is", async (t) => {
  const made = await cell(t).then(bound);
  await made.until("running");
  assert.equal((await made.fetch("/admin/backup", { method: "POST" })).status, 200);
  const kept = await (await made.miniflare.getR2Bucket("STATE")).head("identity.json");
  assert.equal(kept.httpMetadata.contentType, "application/json");
});

test("a container that sleeps has left its state, and is woken as if nothing had been", async (t) => {
  const made = await cell(t).then(bound);
  await made.until("running");
  const objects = await made.miniflare.getDurableObjectNamespace("LOA");
  await objects.getByName("cf-singleton-container").onActivityExpired();
  await until(() => !made.engine.running, "it sleeps");
  assert.equal((await made.health()).gateway, "starting");
  await made.until("running");
  assert.ok(made.engine.created.at(-1).Env.includes(`LOA_IDENTITY_BACKUP=${JSON.stringify(made.engine.backup)}`));
});

test("what nobody knows under /admin is not the gateway's", async () => {
  const response = await shared.fetch("/admin/other");
  assert.equal(response.status, 404);
  assert.ok(!shared.engine.asked.some(({ url }) => url.startsWith("/admin")));
});

/** Its methods by themselves. */
function bound(made) {
  const methods = Object.fromEntries(
    ["fetch", "health", "until"].map((name) => [name, made[name].bind(made)]),
  );
  return Object.assign(Object.create(made), { ...made, ...methods });
}
