import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Client, serving, SOUND, stage } from "./stage.mjs";
import { put, quiet, scratch, until } from "./support.mjs";

test("one that is warmed waits, and loads what is there when it is told to", async (t) => {
  const { make, save, layer } = await stage(t, "throw new Error('too early');\n");
  const gateway = make();
  assert.equal(await gateway.warm([]), true);
  assert.equal(gateway.state, "warm");
  save(SOUND);
  assert.equal(await gateway.load(10_000, assert.fail), null);
  assert.equal((await gateway.health(1_000)).pid, gateway.pid);
  await gateway.retire();
  assert.equal(readFileSync(join(layer, "ended"), "utf8"), `${gateway.pid}\n`);
  assert.equal(gateway.state, "ended");
});

test("one that is held while it warms goes on when it is told to", async (t) => {
  const { make } = await stage(t);
  const gateway = make();
  const warmed = gateway.warm([]);
  gateway.hold();
  const stopped = () => /^State:\s+T/m.test(readFileSync(`/proc/${gateway.pid}/status`, "utf8"));
  await until(stopped, "it is stopped");
  gateway.goOn();
  assert.equal(await warmed, true);
  gateway.hold();
  assert.equal(await gateway.load(10_000, assert.fail), null, "one that is warm is not held");
});

test("one that does not get on while it warms is ended, but not one that is held", async (t) => {
  const { make } = await stage(t);
  const [stuck, held] = [make(), make()];
  const heldWarm = held.warm([], 900);
  held.hold();
  process.kill(stuck.pid, "SIGSTOP");
  assert.equal(await stuck.warm([], 1_000), false);
  assert.equal((await stuck.exited)[1], "SIGKILL");
  assert.equal(held.state, "warming");
  held.goOn();
  assert.equal(await heldWarm, true);
});

test("which modules a gateway has loaded is told, so that the next is warmed with them", async (t) => {
  const { make } = await stage(t);
  const gateway = make();
  await gateway.load(10_000, assert.fail);
  assert.ok(Array.isArray(gateway.modules));
});

test("one that was warmed tells what it was warmed with, unless that does not load", async (t) => {
  const { make } = await stage(t);
  const module = `file://${join(scratch(t, { "gateway/node_modules/p/a.mjs": "" }), "gateway/node_modules/p/a.mjs")}`;
  const [one, other] = [make(), make()];
  await one.warm([module]);
  await one.load(10_000, assert.fail);
  assert.deepEqual(one.modules, [module]);
  await other.warm([module, "file:///nowhere.mjs"]);
  await other.load(10_000, assert.fail);
  assert.deepEqual(other.modules, [module], "it has looked what it has loaded");
});

/** A layer that answers which of its files the gateway had read before. */
const ASKS = `
  const known = [...globalThis[Symbol.for("loa.hashes")].keys()].map((path) => path.replace(/.*\\//, ""));
  const after = () => [...globalThis[Symbol.for("loa.hashes")].keys()];
  export const answer = () => JSON.stringify({ status: "ok", pid: process.pid, known, after: after() });
`;

test("what was read while it was warmed is known to the layer, but for what changed since", async (t) => {
  const { make, layer } = await stage(t, ASKS);
  for (const name of ["a.ts", "b.ts", "c.ts", "d.ts"]) put(join(layer, name), "");
  const gateway = make();
  gateway.touched([join(layer, "a.ts")]);
  const warm = gateway.warm([]);
  gateway.touched([join(layer, "d.ts")]);
  await warm;
  gateway.touched([join(layer, "b.ts")]);
  assert.equal(await gateway.load(10_000, assert.fail), null);
  const { known, after } = await gateway.health(1_000);
  assert.deepEqual(known, ["c.ts"]);
  assert.deepEqual(after, [], "what is loaded later reads for itself");
});

test("the transpiler has been at work once when a gateway is warm", async (t) => {
  const note = 'require("node:fs").writeFileSync(__dirname + "/transpiled", "")';
  const jiti = `exports.createJiti = () => ({ transform: () => ${note} });\n`;
  const packages = scratch(t, { "jiti/index.js": jiti });
  process.env.NODE_PATH = packages;
  t.after(() => delete process.env.NODE_PATH);
  const { make } = await stage(t);
  assert.equal(await make().warm([]), true);
  assert.ok(existsSync(join(packages, "jiti/transpiled")));
});

test("the kernel is to end one that waits before one that serves", async (t) => {
  const parts = await stage(t);
  const score = ({ pid }) => Number(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8"));
  const own = score(process);
  const waiting = parts.make();
  await waiting.warm([]);
  assert.equal(score(waiting), 1_000);
  const active = await serving(parts);
  await until(() => score(active) === own, "its own score");
});

test("a layer that never answers is said to be silent, and to have failed when the time is up", async (t) => {
  const { make } = await stage(t, "export const answer = () => new Promise(() => {});\n");
  const silent = t.mock.fn();
  const failure = await make().load(2_000, silent);
  assert.deepEqual(silent.mock.calls.map((it) => it.arguments), [[]]);
  assert.deepEqual(failure, { file: null, line: null, text: "the layer does not answer after 2 s" });
});

test("a layer that answers late is said to be silent, and loaded", async (t) => {
  const late = SOUND.replace("() =>", "async () => (await later,").replace("});", "}));");
  const { make } = await stage(t, `${late}const later = new Promise((go) => setTimeout(go, 1_500));\n`);
  const silent = t.mock.fn();
  assert.equal(await make().load(10_000, silent), null);
  assert.equal(silent.mock.callCount(), 1);
});

test("a layer that does not answer for this gateway yet is soon asked again", async (t) => {
  const code = `
    let [asked, since] = [0, 0];
    export function answer() {
      asked += 1;
      since ||= Date.now();
      return JSON.stringify({ status: "ok", pid: Date.now() - since < 500 ? 0 : process.pid, asked });
    }
  `;
  const gateway = (await stage(t, code)).make();
  assert.equal(await gateway.load(10_000, () => {}), null);
  const { asked } = await gateway.health(1_000);
  assert.ok(asked > 5 && asked < 40, `it was asked ${asked} times in half a second`);
});

test("one that was given up while it answered does not serve", async (t) => {
  const answer = 'JSON.stringify({ status: "ok", pid: process.pid })';
  const slowly = `export const answer = () => new Promise((go) => setTimeout(() => go(${answer}), 200));\n`;
  const gateway = (await stage(t, slowly)).make();
  // By then it has been asked.
  gateway.once("listening", () => setImmediate(() => (gateway.state = "ending")));
  const { text } = await gateway.load(10_000, () => {});
  assert.equal(text, "the gateway ended while it loaded the layer");
});

test("a layer that says that it failed has failed", async (t) => {
  const { make } = await stage(t, SOUND.replace('"ok"', '"failed", wal: { error: "no space" }'));
  const failure = await make().load(10_000, assert.fail);
  assert.deepEqual(failure, { file: null, line: null, text: "no space" });
});

test("one that ends while it loads says why", async (t) => {
  const { make, layer } = await stage(t, "\nthrow new TypeError('boom');\n");
  const failure = await make().load(10_000, assert.fail);
  assert.deepEqual(failure, { file: join(layer, "layer.mjs"), line: 2, text: "TypeError: boom" });
});

test("one that ends without a word is said so", async (t) => {
  const { make } = await stage(t, "process.exit(3);\n");
  const { file, text } = await make().load(10_000, assert.fail);
  assert.deepEqual([file, text], [null, "the gateway ended while it loaded the layer"]);
});

test("one that cannot be started fails, and can be ended all the same", async (t) => {
  const lines = quiet(t);
  const { make } = await stage(t, SOUND, "/nowhere/node");
  const gateway = make();
  const { text } = await gateway.load(10_000, assert.fail);
  assert.equal(text, "the gateway ended while it loaded the layer");
  assert.match(lines.join(""), /start: the gateway: spawn \/nowhere\/node ENOENT/);
  const ended = [gateway.retire(), gateway.kill()];
  assert.equal(gateway.state, "ended", "it stays what it is");
  await Promise.all(ended);
});

test("one that hangs is killed, soon", async (t) => {
  const parts = await stage(t);
  const gateway = await serving(parts);
  const client = new Client(parts.port);
  t.after(() => client.close());
  const lost = assert.rejects(client.ask("/loop"));
  await until(() => isBusy(gateway), "it runs in a loop");
  const began = performance.now();
  await gateway.retire();
  assert.ok(performance.now() - began < 2_000, `${performance.now() - began} ms`);
  await lost;
});

test("one ends with what started it", { timeout: 15_000 }, async (t) => {
  const { make } = await stage(t, `${SOUND}setInterval(() => {}, 1_000);\n`);
  const gateway = make();
  assert.equal(await gateway.load(10_000, assert.fail), null);
  gateway.process.disconnect();
  assert.deepEqual(await gateway.exited, [0, null]);
});

test("what it started ends with it", async (t) => {
  const spawned = 'import { spawn } from "node:child_process";\nspawn("sleep", ["600"]);\n';
  const { make } = await stage(t, spawned + SOUND);
  const gateway = make();
  assert.equal(await gateway.load(10_000, assert.fail), null);
  const { pid } = gateway;
  const child = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  assert.match(child, /^\d+$/);
  await gateway.kill();
  await until(() => !existsSync(`/proc/${child}`), "it is gone");
});

const before = new Map();

/** Whether it has used more than 0.2 s of a processor since this was first asked. */
function isBusy({ pid }) {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11);
  const ticks = Number(user) + Number(system);
  if (!before.has(pid)) before.set(pid, ticks);
  return ticks - before.get(pid) > 20;
}
