import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import type { Environment } from "../environment.ts";
import { Layer } from "../layer.ts";
import { pathOf, replay } from "../segments.ts";
import { Wal } from "../wal.ts";
import { fileHandlePrototype, logOf, SOUND, snapshotOf, until, workspace } from "./support.ts";

const OTHER = SOUND.replace("N", "Other");

test("before it is started the layer waits, and touches no log", (t) => {
  const environment = workspace(t);
  const { status, wal } = new Layer(environment, fail).health();
  assert.deepEqual([status, wal], ["waiting", { state: "waiting", error: null }]);
  assert.ok(!existsSync(environment.wal));
});

test("started, it opens the log and schedules its tasks", async (t) => {
  const { layer } = await started(t, workspace(t));
  const { status, wal, scheduler } = layer.health();
  assert.deepEqual([status, wal.state], ["ok", "open"]);
  assert.deepEqual(Object.keys(scheduler.tasks), ["heartbeat", "snapshot"]);
  assert.ok(Object.values(scheduler.tasks).every((task) => Number(task.nextInMs) > 0));
});

test("a layer waits until the one before it has closed the log", async (t) => {
  const environment = workspace(t);
  const old = await started(t, environment);
  const layer = new Layer(environment, fail);
  t.after(() => layer.stop());
  layer.start();
  await until(() => layer.health().status === "waiting", "the new layer waits");
  await old.layer.stop();
  await until(() => layer.health().status === "ok", "the new layer has the log");
});

test("a layer waits for the log for 10 s, and then says who has it", async (t) => {
  const environment = workspace(t);
  const other = await Wal.open(environment.wal);
  t.after(() => other.close());
  const now = performance.now.bind(performance);
  let passed = 0;
  t.mock.method(performance, "now", () => now() + passed);
  const reports: string[] = [];
  const layer = new Layer(environment, (message) => reports.push(message));
  t.after(() => layer.stop());
  const looks = t.mock.method(DatabaseSync.prototype, "close");
  layer.start();
  passed = 5_000;
  await until(() => looks.mock.callCount() > 2, "it looks again");
  assert.equal(layer.health().status, "waiting");
  passed = 10_000;
  await until(() => layer.health().status === "failed", "the failure");
  assert.match(reports.join(), /^the log could not be opened: .* is being written by process/);
});

test("a layer that is stopped while it waits never opens the log", async (t) => {
  const environment = workspace(t);
  const other = await Wal.open(environment.wal);
  const layer = new Layer(environment, fail);
  layer.start();
  await layer.stop();
  await other.close();
  await (await Wal.open(environment.wal)).close();
  assert.equal(layer.health().status, "waiting");
});

test("once a layer is stopped the log is free, however early that was", async (t) => {
  const environment = workspace(t);
  const layer = new Layer(environment, fail);
  layer.start();
  await layer.stop();
  await (await Wal.open(environment.wal)).close();
  layer.start();
  await until(() => layer.health().status === "ok", "the log is open");
  await layer.stop();
  await (await Wal.open(environment.wal)).close();
});

test("a layer that was stopped does nothing more", async (t) => {
  const { layer } = await started(t, workspace(t));
  await layer.stop();
  const { status, scheduler } = layer.health();
  assert.equal(status, "waiting");
  assert.ok(Object.values(scheduler.tasks).every((task) => task.nextInMs === null));
});

test("a layer that was stopped can be started again, and waits for the log as before", async (t) => {
  const environment = workspace(t);
  const { layer } = await started(t, environment);
  await layer.stop();
  const other = await Wal.open(environment.wal);
  layer.start();
  await other.close();
  await until(() => layer.health().status === "ok", "open again");
});

test("a log that cannot be opened fails the layer, and says why", async (t) => {
  const environment = workspace(t);
  await logOf(environment.wal, ["first", "second", "third"], 1);
  rmSync(pathOf(environment.wal, 2));
  const reports: string[] = [];
  const layer = new Layer(environment, (message) => reports.push(message));
  t.after(() => layer.stop());
  layer.start();
  await until(() => layer.health().status === "failed", "the failure");
  assert.match(layer.health().wal.error ?? "", /record 2 is missing or damaged/);
  assert.match(reports.join(), /^the log could not be opened: .*record 2/);
  await layer.stop();
  rmSync(environment.wal, { recursive: true });
  layer.start();
  await until(() => layer.health().status === "ok", "there is nothing wrong with the next log");
});

test("a heartbeat goes into the log", async (t) => {
  const { environment, pass } = await started(t, workspace(t));
  pass(11_000);
  await until(() => events(environment).some((it) => it.kind === "heartbeat"), "the heartbeat");
});

test("the identity state goes into the log when it has changed, and only then", async (t) => {
  const { environment, layer, pass } = await started(t, workspace(t));
  const ran = () => snapshotTask(layer).runs;
  for (const [runs, text] of [[1, SOUND], [2, SOUND], [3, OTHER], [4, OTHER]] as const) {
    writeFileSync(environment.identity, text);
    pass(2_200);
    await until(() => ran() === runs, `run ${runs}`);
  }
  assert.deepEqual(snapshots(environment), [SOUND, OTHER]);
});

test("a new layer does not write again what the log has", async (t) => {
  const environment = workspace(t);
  await logOf(environment.wal, [snapshotOf(SOUND)]);
  const { layer, pass } = await started(t, environment);
  pass(2_200);
  await until(() => snapshotTask(layer).runs === 1, "the run");
  assert.deepEqual(snapshots(environment), [SOUND]);
});

test("a state that is not sound is not written, and the task says so", async (t) => {
  const { environment, layer, pass } = await started(t, workspace(t, "{}"));
  pass(2_200);
  await until(() => snapshotTask(layer).failures === 1, "the failure");
  assert.match(snapshotTask(layer).lastError ?? "", /schema must be 1/);
  assert.deepEqual(snapshots(environment), []);
  assert.equal(layer.health().status, "ok");
});

test("a log of several segments is cut down by a snapshot into the newest", async (t) => {
  const environment = workspace(t);
  await logOf(environment.wal, [snapshotOf(SOUND), "second", "third"], 1);
  const { layer, pass } = await started(t, environment);
  assert.equal(layer.health().wal.segments, 3);
  pass(2_200);
  await until(() => layer.health().wal.segments === 1, "one segment");
  assert.deepEqual(snapshots(environment), [SOUND]);
});

test("a log that fails while it is open fails the layer", async (t) => {
  const { layer, pass } = await started(t, workspace(t));
  const failure = new Error("EIO: the disk is gone");
  t.mock.method(await fileHandlePrototype(), "datasync", () => Promise.reject(failure));
  pass(2_200);
  await until(() => layer.health().status === "failed", "the failure");
  assert.equal(layer.health().wal.error, failure.message);
});

test("health lists the skills, and says when none are there", async (t) => {
  const environment = workspace(t);
  const layer = new Layer(environment, fail);
  assert.deepEqual(layer.health().skills, []);
  mkdirSync(`${environment.skills}/identity`, { recursive: true });
  assert.deepEqual(layer.health().skills, ["identity"]);
});

function fail(message: string): void {
  throw new Error(message);
}

/** A layer at work; its tasks run when the test lets time pass. */
async function started(t: TestContext, environment: Environment) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const layer = new Layer(environment, fail);
  t.after(() => layer.stop());
  layer.start();
  await until(() => layer.health().status === "ok", "the log is open");
  return { environment, layer, pass: (ms: number) => t.mock.timers.tick(ms) };
}

function snapshotTask(layer: Layer) {
  return layer.health().scheduler.tasks["snapshot"]!;
}

function events({ wal }: Environment): { kind: string; text?: string }[] {
  return [...replay(wal)].map((it) => parsed(it.payload));
}

function parsed(payload: Buffer): { kind: string; text?: string } {
  try {
    return JSON.parse(payload.toString()) as { kind: string };
  } catch {
    return { kind: "other" };
  }
}

function snapshots(environment: Environment): (string | undefined)[] {
  return events(environment).filter((it) => it.kind === "snapshot").map((it) => it.text);
}
