import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Report } from "../report.mjs";
import { serve } from "../server.mjs";
import { quiet, until } from "./support.mjs";

const OK = { status: "ok", pid: process.pid };
const FAILURE = { file: "/workspace/deploy/loa-identity/a.ts", line: 3, text: "boom" };
const ABOUT = { generation: 2, files: ["/workspace/deploy/loa-identity/a.ts"], cause: "a.ts" };
const PHASES = { noticedMs: 1, loadedMs: 2, servedMs: 3 };

/** Port 3000 of a reloader whose gateway answers that. */
async function port3000(t, layer = OK) {
  quiet(t);
  const report = new Report("/workspace", "/workspace/deploy/loa-identity");
  const patience = [];
  const active = layer && { pid: process.pid, health: async (ms) => (patience.push(ms), layer) };
  const calls = [];
  const reload = { active, loads: false, standby: { state: "none", pid: null }, restart: (cause) => calls.push({ cause }) };
  const notice = {
    workspace: "/workspace",
    figures: { events: null, polls: false, files: 1, directories: 1 },
    told: (files) => calls.push({ files }),
    sawSentinel: (name) => name === ".loa-sentinel-1",
  };
  const server = await serve(0, { reload, report, notice });
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const { port } = server.address();
  return { report, reload, calls, patience, port, ask: (...words) => ask(port, ...words) };
}

async function ask(port, method, path, { headers = {}, body = "" } = {}) {
  const signal = AbortSignal.timeout(10_000); // or a test would wait for what never comes
  const asked = request({ port, method, path, headers, signal, agent: false }).end(body);
  const [response] = await once(asked, "response");
  const answer = await text(response);
  const { allow, "content-type": type, "cache-control": cache } = response.headers;
  return { status: response.statusCode, allow, type, cache, body: answer && JSON.parse(answer) };
}

const LEAVE = { "X-Loa-Reloader": "1" };

test("a gateway that serves is healthy, with all that is known", async (t) => {
  const { ask: get, report } = await port3000(t);
  process.env.LOA_IMAGE_REVISION = "abc123";
  t.after(() => delete process.env.LOA_IMAGE_REVISION);
  report.live({ ...ABOUT, generation: 1, cause: null }, PHASES, true);
  const { status, body } = await get("GET", "/health?x=1");
  assert.equal(status, 200);
  const { gateway, since, ...rest } = body;
  assert.deepEqual(rest, {
    status: "healthy",
    reloader: "handover",
    generation: 1,
    cause: null,
    revision: "abc123",
    layer: OK,
    error: null,
    failure: null,
    loading: false,
    silent: false,
    phases: PHASES,
    standby: { state: "none", pid: null, residentBytes: null },
    watch: { events: null, polls: false, files: 1, directories: 1 },
  });
  assert.equal(gateway.pid, process.pid);
  assert.ok(gateway.residentBytes > 1e6);
  assert.match(since, /^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$/);
});

for (const [what, layer, happened, code, status, error] of [
  ["nothing serves yet", null, () => {}, 503, "starting", null],
  ["the first save is broken", null, (it) => it.broken(ABOUT, FAILURE, 1), 503, "broken", "deploy/loa-identity/a.ts:3: boom"],
  ["a newer save loads", OK, (it) => (it.live(ABOUT, PHASES), it.noticed(ABOUT)), 200, "reloading", null],
  ["a newer save loads after a broken one", OK, (it) => (it.live(ABOUT, PHASES), it.broken(ABOUT, FAILURE, 1), it.noticed(ABOUT)), 200, "reloading", null],
  ["a newer save is silent", OK, (it) => (it.live(ABOUT, PHASES), it.noticed(ABOUT), it.silent(ABOUT, 1)), 200, "reloading", null],
  ["the first save is silent", null, (it) => it.silent(ABOUT, 1), 503, "starting", null],
  ["a newer save is broken", OK, (it) => (it.live(ABOUT, PHASES), it.broken(ABOUT, FAILURE, 1)), 200, "broken", "deploy/loa-identity/a.ts:3: boom"],
  ["it was taken back", OK, (it) => (it.live(ABOUT, PHASES), it.broken(ABOUT, FAILURE, 1), it.restored([])), 200, "healthy", null],
  ["the gateway ended", null, (it) => (it.live(ABOUT, PHASES), it.ended("it ended", 0)), 503, "stopped", "it ended"],
  ["it is started again", null, (it) => (it.live(ABOUT, PHASES), it.ended("x", 0), it.noticed(ABOUT)), 503, "reloading", null],
  ["it is told to stop", OK, (it) => (it.live(ABOUT, PHASES), it.stopping()), 503, "stopped", null],
  ["the gateway does not answer", "none", (it) => it.live(ABOUT, PHASES), 503, "broken", "the gateway does not answer"],
  ["the gateway has no layer", "other", (it) => it.live(ABOUT, PHASES), 503, "broken", "the gateway does not answer"],
  ["the log is not open yet", { ...OK, status: "waiting" }, (it) => it.live(ABOUT, PHASES), 200, "reloading", null],
  ["the log is damaged", { ...OK, status: "failed", wal: { error: "torn" } }, (it) => it.live(ABOUT, PHASES), 503, "broken", "torn"],
]) {
  test(`what is said when ${what}`, async (t) => {
    const { ask: get, report, reload } = await port3000(t, layer);
    if (layer === "none") reload.active.health = async () => null;
    happened(report);
    const { status: said, body } = await get("GET", "/health");
    assert.deepEqual([said, body.status, body.error], [code, status, error]);
  });
}

test("an answer is JSON of this moment, and no gateway is waited for longer than 0.8 s", async (t) => {
  const { ask: get, patience } = await port3000(t);
  const { type, cache } = await get("GET", "/health");
  assert.deepEqual([type, cache, patience], ["application/json", "no-store", [800]]);
});

test("whether what loads is silent is said as long as it loads", async (t) => {
  const { ask: get, report, reload } = await port3000(t);
  reload.loads = true;
  report.noticed(ABOUT);
  report.silent(ABOUT, 1);
  assert.equal((await get("GET", "/health")).body.silent, true);
  reload.loads = false; // it has given way to a newer save
  assert.equal((await get("GET", "/health")).body.silent, false);
});

test("a gateway that comes again is not said to start, were it only the second", async (t) => {
  const { ask: get, report, reload } = await port3000(t);
  report.live({ ...ABOUT, generation: 1 }, PHASES);
  reload.active = null;
  assert.equal((await get("GET", "/health")).body.status, "reloading");
});

test("a gateway that is replaced while it is asked is not taken for a silent one", async (t) => {
  const { ask: get, report, reload } = await port3000(t);
  report.live(ABOUT, PHASES, false);
  const next = { pid: process.pid, health: async () => OK };
  reload.active = { pid: 1, health: async () => ((reload.active = next), null) };
  const { status, body } = await get("GET", "/health");
  assert.deepEqual([status, body.status], [200, "healthy"]);
});

test("the events begin with the state, and go on with whatever happens, one a line", async (t) => {
  const { port, report } = await port3000(t);
  const [response] = await once(request({ port, path: "/events", agent: false }).end(), "response");
  let received = "";
  response.setEncoding("utf8").on("data", (more) => (received += more));
  const events = () => received.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  await until(() => events().length === 1, "the state");
  report.waiting(ABOUT);
  report.noticed(ABOUT);
  report.silent(ABOUT, 6);
  report.broken(ABOUT, FAILURE, 7);
  report.restored(ABOUT.files);
  report.visible(["/workspace/grimoires/a.md"]);
  report.live(ABOUT, PHASES, false);
  report.ended("it ended", 1_000);
  report.standby("warm");
  report.stopping();
  await until(() => events().length === 11, "all of them");
  const files = ["deploy/loa-identity/a.ts"];
  const about = { generation: 2, cause: "a.ts", files };
  const [state, ...rest] = events().map(({ at, ...event }) => (assert.ok(Date.parse(at)), event));
  assert.deepEqual([state.event, state.status, state.layer, state.serves], ["state", "healthy", OK, true]);
  assert.deepEqual(rest, [
    { event: "waiting", cause: "a.ts", files },
    { event: "noticed", ...about },
    { event: "silent", ...about, afterMs: 6, serves: false },
    {
      event: "broken",
      ...about,
      afterMs: 7,
      error: "deploy/loa-identity/a.ts:3: boom",
      failure: { file: files[0], line: 3, text: "boom" },
      serves: false,
    },
    { event: "restored", cause: "a.ts", files },
    { event: "visible", files: ["grimoires/a.md"] },
    { event: "live", ...about, ...PHASES, cold: false },
    { event: "ended", status: "it ended", againMs: 1_000 },
    { event: "standby", state: "warm" },
    { event: "stopping" },
  ]);
});

test("who has gone is told nothing any more, even if it was before the first line", async (t) => {
  const { port, report, reload } = await port3000(t);
  const followed = t.mock.method(report, "follow");
  let answer;
  reload.active.health = () => new Promise((resolve) => (answer = resolve));
  const asked = request({ port, path: "/events", agent: false }).on("error", () => {}).end();
  await until(() => answer, "the gateway is asked");
  asked.destroy();
  await ask(port, "GET", "/sentinel/x"); // and what came before has been seen
  answer(OK);
  await ask(port, "GET", "/sentinel/x");
  assert.equal(followed.mock.callCount(), 0);
});

test("whoever leaves the events is told no more of them, and they are of this moment", async (t) => {
  const { port, report } = await port3000(t);
  const unfollowed = t.mock.fn();
  t.mock.method(report, "follow", () => unfollowed);
  const asked = request({ port, path: "/events", agent: false }).end();
  const [response] = await once(asked, "response");
  const { "content-type": type, "cache-control": cache } = response.headers;
  assert.deepEqual([response.statusCode, type, cache], [200, "application/x-ndjson", "no-store"]);
  await once(response, "data");
  assert.equal(unfollowed.mock.callCount(), 0);
  response.on("error", () => {}).destroy();
  await until(() => unfollowed.mock.callCount() === 1, "it is followed no more");
});

test("what goes wrong in here is an answer, and not the end", async (t) => {
  const { ask: send, port, reload } = await port3000(t);
  reload.restart = () => assert.fail("no such luck");
  const { status, body } = await send("POST", "/restart", { headers: LEAVE });
  assert.deepEqual([status, body], [500, { error: "no such luck" }]);
  const failed = t.mock.method(reload.active, "health", () => Promise.reject(new Error("no")));
  const events = request({ port, path: "/events", agent: false }).on("error", () => {}).end();
  await until(() => failed.mock.callCount() === 1, "its events are begun");
  assert.equal((await send("GET", "/health")).status, 500);
  events.destroy();
});

test("a port that is taken is said", async (t) => {
  const { port } = await port3000(t);
  await assert.rejects(serve(port, {}), { code: "EADDRINUSE" });
});

test("an order is taken only with the header that no web page can send", async (t) => {
  const { ask: post, calls } = await port3000(t);
  assert.equal((await post("POST", "/restart")).status, 403);
  assert.equal((await post("POST", "/changed", { body: '{"files":[]}' })).status, 403);
  assert.deepEqual(calls, []);
  assert.equal((await post("POST", "/restart", { headers: LEAVE })).status, 202);
  assert.deepEqual(calls, [{ cause: "restart" }]);
});

test("files that have changed are looked at, by names in the checkout only", async (t) => {
  const { ask: post, calls } = await port3000(t);
  const changed = (files) => post("POST", "/changed", { headers: LEAVE, body: JSON.stringify({ files }) });
  assert.equal((await changed(["deploy/a.ts", "x..y/b..ts"])).status, 202);
  assert.deepEqual(calls, [{ files: ["/workspace/deploy/a.ts", "/workspace/x..y/b..ts"] }]);
  for (const files of [["/etc/passwd"], ["../x"], ["a/../../x"], ["a/.."], [".."], ["a\0b"], [3], "a", null, Array(10_001).fill("a")]) {
    assert.equal((await changed(files)).status, 400, JSON.stringify(files)?.slice(0, 40));
  }
  assert.equal((await post("POST", "/changed", { headers: LEAVE, body: "{" })).status, 400);
  assert.equal(calls.length, 1);
});

const NO_SUCH = [404, undefined, "there is /health and /events"];
for (const [method, path, status, allow, error] of [
  ["POST", "/health", 405, "GET, HEAD", "only GET and HEAD"],
  ["DELETE", "/events", 405, "GET, HEAD", "only GET and HEAD"],
  ["GET", "/restart", 405, "POST", "only POST"],
  ["PUT", "/changed", 405, "POST", "only POST"],
  ["GET", "/", ...NO_SUCH],
  ["POST", "/", ...NO_SUCH],
  ["GET", "/healthy", ...NO_SUCH],
  ["GET", "//health", ...NO_SUCH],
  ["GET", "/constructor", ...NO_SUCH],
  ["POST", "/sentinel/.loa-sentinel-1", ...NO_SUCH],
]) {
  test(`${method} ${path} is ${status}`, async (t) => {
    const { ask: send } = await port3000(t);
    const answer = await send(method, path, { headers: LEAVE });
    assert.deepEqual([answer.status, answer.allow, answer.body], [status, allow, { error }]);
  });
}

test("HEAD is answered like GET, without a body", async (t) => {
  const { ask: head } = await port3000(t);
  const { status, type, body } = await head("HEAD", "/health");
  assert.deepEqual([status, type, body], [200, "application/json", ""]);
});

test("whether a sentinel was seen is said by its name", async (t) => {
  const { ask: get } = await port3000(t);
  assert.deepEqual((await get("GET", "/sentinel/.loa-sentinel-1")).body, { seen: true });
  assert.deepEqual((await get("GET", "/sentinel/.loa-sentinel-2")).body, { seen: false });
});
