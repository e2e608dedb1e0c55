import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { HeldError } from "../lock.ts";
import { replay } from "../segments.ts";
import { Wal } from "../wal.ts";
import { openIn, run, scratch, until } from "./support.ts";

test("a second writer in this process is refused, and told who the first is", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory);
  const message = `${directory} is being written by process ${process.pid} on ${hostname()}`;
  await assert.rejects(Wal.open(directory), { constructor: HeldError, message });
  await wal.close();
  await (await Wal.open(directory)).close();
});

test("a writer in another process is named", async (t) => {
  const { directory, holder } = await heldElsewhere(t);
  const message = new RegExp(`process ${holder.child.pid} on`);
  await assert.rejects(Wal.open(directory), { message });
});

test("a log that is held can be read", async (t) => {
  const { directory } = await heldElsewhere(t);
  assert.deepEqual([...replay(directory)], []);
});

test("a holder that does not answer holds on", async (t) => {
  const { directory, holder } = await heldElsewhere(t);
  holder.child.kill("SIGSTOP");
  await assert.rejects(Wal.open(directory), HeldError);
});

test("a holder that was killed does not block", async (t) => {
  const { directory, holder } = await heldElsewhere(t);
  holder.child.kill("SIGKILL");
  await holder.closed;
  await (await Wal.open(directory)).close();
});

test("a dead holder does not block because its process id lives again", async (t) => {
  const { directory, holder } = await heldElsewhere(t);
  holder.child.kill("SIGKILL");
  await holder.closed;
  writeFileSync(join(directory, "holder"), `process ${process.pid} on ${hostname()}`);
  await (await Wal.open(directory)).close();
});

test("a living holder is not passed over because its process id is unknown here", async (t) => {
  const { directory } = await heldElsewhere(t);
  writeFileSync(join(directory, "holder"), "process 4194304 on another container");
  await assert.rejects(Wal.open(directory), { message: /process 4194304 on another container/ });
});

test("with patience, a writer gets in as soon as the other lets go", async (t) => {
  const { directory, holder } = await heldElsewhere(t);
  const opening = Wal.open(directory, { patienceMs: 10_000 });
  holder.child.stdin.end();
  await holder.closed;
  const released = performance.now();
  await (await opening).close();
  assert.ok(performance.now() - released < 1_000, "much later");
});

test("who is patient looks many times a second, until patience ends, and leaves nothing open", async (t) => {
  const { directory } = await heldElsewhere(t);
  const looks = t.mock.method(DatabaseSync.prototype, "exec");
  const started = performance.now();
  await assert.rejects(Wal.open(directory, { patienceMs: 1_000 }), HeldError);
  assert.ok(performance.now() - started >= 1_000);
  assert.ok(looks.mock.callCount() > 10, `${looks.mock.callCount()} looks`);
  assert.deepEqual(openIn(directory), []);
});

test("patience is for a holder, not for a lock that cannot be had", async (t) => {
  const directory = scratch(t);
  mkdirSync(join(directory, "lock"));
  const started = performance.now();
  await assert.rejects(Wal.open(directory, { patienceMs: 3_000 }), /unable to open/);
  assert.ok(performance.now() - started < 3_000);
});

test("the waiting can be called off", async (t) => {
  const { directory } = await heldElsewhere(t);
  const calledOff = new AbortController();
  const opening = Wal.open(directory, { patienceMs: 60_000, signal: calledOff.signal });
  calledOff.abort();
  await assert.rejects(opening, { name: "AbortError" });
});

test("of many writers only one is inside, also when some die there", async (t) => {
  const directory = scratch(t);
  const kinds = ["lives", "dies", "lives", "dies", "lives", "lives"];
  const contenders = kinds.map((kind) => run("contender.ts", directory, kind));
  const ends = await Promise.all(contenders.map((it) => it.closed));
  assert.deepEqual(ends, kinds.map((kind) => (kind === "dies" ? [null, "SIGKILL"] : [0, null])));
  assert.equal([...replay(directory)].length, 4 * 20 + 2 * 11);
});

async function heldElsewhere(t: TestContext) {
  const directory = scratch(t);
  const holder = run("holder.ts", directory);
  t.after(() => holder.child.kill("SIGKILL"));
  await until(() => holder.printed().includes("holding"), "the holder has the log");
  return { directory, holder };
}
