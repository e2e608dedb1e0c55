// How long the Worker is patient with a container, and what it makes of one that fails.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { test } from "node:test";
import { HEALTHY, TOKEN } from "./engine.mjs";
import { cell, until } from "./support.mjs";

const SPEED = 100;

/** How many ms something takes by the Worker's clock. */
async function took(happens) {
  const began = performance.now();
  await happens();
  return (performance.now() - began) * SPEED;
}

test("a container that says nothing of use counts as stopped two minutes after its start", async (t) => {
  const made = await cell(t, { speed: SPEED, change: (it) => (it.health = {}) });
  const first = await took(() => made.until("stopped"));
  await made.fetch("/admin/restart", { method: "POST" });
  const second = await took(() => made.until("stopped"));
  assert.equal(made.engine.created.length, 2);
  for (const it of [first, second]) assert.ok(it > 100_000 && it < 600_000, `${it} ms`);
});

test("who waits for a gateway that does not serve is told to come again after 55 s", async (t) => {
  const made = await cell(t, { speed: SPEED, change: (it) => (it.health = { ...HEALTHY, status: "starting" }) });
  await made.health();
  await until(() => made.engine.running, "the container runs");
  const waited = await took(async () => assert.equal((await made.fetch("/")).status, 503));
  assert.ok(waited > 40_000 && waited < 300_000, `${waited} ms`);
});

test("nor does anybody wait longer for the end of a container that says that it ends", async (t) => {
  const made = await cell(t, { speed: SPEED });
  await made.until("running");
  Object.assign(made.engine, { endsAt: "/end", lasts: 30_000 });
  const waited = await took(async () => assert.equal((await made.fetch("/end")).status, 503));
  assert.ok(waited < 1_000_000, `${waited} ms`);
});

test("health answers within 5 s, however long the container keeps it waiting", async (t) => {
  const made = await cell(t, { speed: 10 });
  await made.until("running");
  made.engine.hangs = true;
  const began = performance.now();
  assert.equal((await made.health()).gateway, "starting");
  assert.ok(performance.now() - began < 2_500);
});

test("a container that ends with an error has failed, and that is said", async (t) => {
  const made = await cell(t);
  await made.until("running");
  made.engine.end(7);
  const failure = async () => (await status(made)).failure;
  await until(async () => /status 7/.test(await failure()), "the failure is known");
  assert.equal((await made.health()).gateway, "stopped");
  assert.match(made.log, /the container does not run: it ended with status 7/);
});

test("a state that cannot be read starts no container, and is its failure", async (t) => {
  const made = await cell(t, { hasState: false });
  await made.until("stopped");
  assert.match((await status(made)).failure, /undefined/);
  assert.equal(made.engine.created.length, 0);
});

test("a container that the engine lost has failed", async (t) => {
  const made = await cell(t);
  await made.until("running");
  made.engine.end("lost");
  await until(async () => (await status(made)).failure !== null, "the failure is known");
});

test("a container that ends in good order has not failed", async (t) => {
  const made = await cell(t);
  await made.until("running");
  made.engine.end(0);
  await until(async () => !(await status(made)).running, "the end is known");
  assert.deepEqual(await status(made), { running: false, failure: null, report: null });
  await made.until("running");
  assert.deepEqual(await status(made), { running: true, failure: null, report: HEALTHY });
});

test("whoever starts a container that failed again need not wait", async (t) => {
  const made = await cell(t, { change: (it) => (it.endsWith = 7) });
  await made.until("stopped");
  made.engine.endsWith = null;
  await made.fetch("/admin/restart", { method: "POST" });
  assert.ok(!(await made.until("running")).includes("stopped"));
  assert.equal((await status(made)).failure, null);
});

test("the request that wakes a container finds the state that the one before left", async (t) => {
  const made = await cell(t);
  await made.until("running");
  assert.equal((await made.fetch("/admin/backup", { method: "POST" })).status, 200);
  made.engine.end(0);
  await until(async () => !(await status(made)).running, "the end is known");
  assert.equal((await made.fetch("/")).status, 200);
  assert.ok(made.engine.created[1].Env.includes(`LOA_IDENTITY_BACKUP=${JSON.stringify(made.engine.backup)}`));
});

test("a gateway is asked nothing before it serves, though the one before it did", async (t) => {
  const made = await cell(t);
  await made.until("running");
  assert.equal((await made.fetch("/")).status, 200);
  made.engine.health = { ...HEALTHY, status: "starting" };
  await made.fetch("/admin/restart", { method: "POST" });
  const [response, looks] = [made.fetch("/early"), made.engine.looks];
  await until(() => made.engine.looks > looks + 2, "it is waited for");
  assert.ok(!made.engine.asked.some(({ url }) => url === "/early"));
  made.engine.health = HEALTHY;
  assert.equal((await response).status, 200);
});

test("what has a body is asked once, by GET too", async (t) => {
  const made = await cell(t);
  await made.until("running");
  made.engine.endsAt = "/end";
  const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Length": 4 };
  const [response] = await once(request(`${made.url}/end`, { headers }).end("body"), "response");
  response.resume();
  const asked = made.engine.asked.filter(({ url }) => url === "/end");
  assert.deepEqual([response.statusCode, asked.length], [503, 1]);
});

test("a state that cannot be saved keeps nobody from starting the container again", async (t) => {
  const made = await cell(t);
  await made.until("running");
  made.engine.backup = null;
  assert.equal((await made.fetch("/admin/restart", { method: "POST" })).status, 202);
  await until(() => made.engine.created.length === 2, "another container");
  assert.match(made.log, /the identity state was not saved: .*status 503/);
});

test("the container has the secrets that are set, and no others", async (t) => {
  const keys = { ANTHROPIC_API_KEY: "a", OPENAI_API_KEY: "o", GEMINI_API_KEY: "g", OPENROUTER_API_KEY: "r" };
  const set = { ...keys, CLAWDBOT_GATEWAY_TOKEN: TOKEN };
  for (const [secrets, wanted] of [
    [{ ...keys, OTHER: "x" }, set],
    [{ ...keys, OPENAI_API_KEY: "" }, { ...set, OPENAI_API_KEY: undefined }],
  ]) {
    const made = await cell(t, { secrets });
    await made.until("running");
    const given = Object.fromEntries(made.engine.created[0].Env.map((it) => it.split("=")));
    assert.deepEqual(Object.keys(set).map((it) => given[it]), Object.values(wanted));
    assert.ok(!("OTHER" in given));
  }
});

test("where there is no container health says so, and the log says why", async (t) => {
  const made = await cell(t, { hasContainer: false });
  assert.deepEqual(await made.health(), { status: 503, version: "version-1", revision: "", gateway: "stopped" });
  assert.match(made.log, /the container could not be asked: .*Containers have not been enabled/);
});

const status = async (made) => (await made.fetch("/admin/status")).json();
