import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { JITTER, Scheduler, type Task } from "../scheduler.ts";

const EVERY_MS = 1_000;

test("a task runs once each period", async (t) => {
  const { scheduler, figures, pass } = scheduled(t, () => {});
  scheduler.start();
  await pass(EVERY_MS - 1);
  assert.equal(figures().runs, 0);
  await pass(1);
  assert.equal(figures().runs, 1);
  await pass(EVERY_MS);
  assert.equal(figures().runs, 2);
});

test("each period is stretched or shortened by the jitter", async (t) => {
  const { scheduler, figures, pass, random } = scheduled(t, () => {});
  random(0);
  scheduler.start();
  assert.equal(figures().nextInMs, EVERY_MS * (1 - JITTER));
  random(1);
  await pass(EVERY_MS * (1 - JITTER));
  assert.equal(figures().runs, 1);
  assert.equal(figures().nextInMs, EVERY_MS * (1 + JITTER));
});

test("a run that is still going when the next is due is not joined by another", async (t) => {
  let running = 0;
  const work = Promise.withResolvers<void>();
  const { scheduler, figures, pass } = scheduled(t, () => {
    running += 1;
    return work.promise;
  });
  scheduler.start();
  await pass(3 * EVERY_MS);
  assert.equal(running, 1);
  assert.equal(figures().skipped, 2);
  work.resolve();
  await pass(0);
  await pass(EVERY_MS);
  assert.equal(running, 2);
});

test("a task that throws, or rejects, is counted and goes on", async (t) => {
  const failures = [() => Promise.reject(new Error("rejected")), fail, () => {}];
  const { scheduler, figures, pass } = scheduled(t, () => failures.shift()?.());
  scheduler.start();
  await pass(EVERY_MS);
  assert.equal(figures().lastError, "Error: rejected");
  await pass(EVERY_MS);
  assert.equal(figures().lastError, "Error: thrown");
  await pass(EVERY_MS);
  assert.deepEqual([figures().runs, figures().failures, figures().lastError], [3, 2, null]);
});

test("a task that fails does not hold up another", async (t) => {
  const { pass } = scheduled(t, () => {});
  const task = (name: string, run: () => void): Task => ({ name, everyMs: EVERY_MS, run });
  const scheduler = new Scheduler([task("bad", fail), task("good", () => {})]);
  scheduler.start();
  await pass(2 * EVERY_MS);
  assert.equal(scheduler.figures().tasks["good"]?.runs, 2);
  await scheduler.stop();
});

test("the figures tell how long the last run took", async (t) => {
  const work = Promise.withResolvers<void>();
  const { scheduler, figures, pass } = scheduled(t, () => work.promise);
  scheduler.start();
  await pass(EVERY_MS);
  await pass(300);
  work.resolve();
  await pass(0);
  assert.equal(figures().lastMs, 300);
  assert.equal(figures().nextInMs, EVERY_MS - 300);
});

test("stopping ends the timer and waits for the run under way", async (t) => {
  const work = Promise.withResolvers<void>();
  const { scheduler, figures, pass } = scheduled(t, () => work.promise);
  scheduler.start();
  await pass(EVERY_MS);
  let stopped = false;
  const stopping = scheduler.stop().then(() => (stopped = true));
  await pass(10 * EVERY_MS);
  assert.equal(stopped, false);
  work.resolve();
  await stopping;
  assert.deepEqual([figures().runs, figures().skipped, figures().nextInMs], [1, 0, null]);
});

test("what was stopped can be started again", async (t) => {
  const { scheduler, figures, pass } = scheduled(t, () => {});
  scheduler.start();
  await scheduler.stop();
  scheduler.start();
  await pass(EVERY_MS);
  assert.equal(figures().runs, 1);
});

test("starting twice does not run a task twice as often", async (t) => {
  const { scheduler, figures, pass } = scheduled(t, () => {});
  scheduler.start();
  scheduler.start();
  await pass(2 * EVERY_MS);
  assert.deepEqual([figures().runs, figures().skipped], [2, 0]);
});

function fail(): void {
  throw new Error("thrown");
}

/** A scheduler with one task, and a clock that the test turns. */
function scheduled(t: TestContext, run: () => unknown) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  let drawn = 0.5;
  t.mock.method(Math, "random", () => drawn);
  const scheduler = new Scheduler([{ name: "task", everyMs: EVERY_MS, run }]);
  const pass = async (ms: number) => {
    for (const _ of Array(Math.floor(ms / EVERY_MS))) await turn(t, EVERY_MS);
    await turn(t, ms % EVERY_MS);
  };
  const figures = () => scheduler.figures().tasks["task"]!;
  return { scheduler, figures, pass, random: (value: number) => (drawn = value) };
}

/** Lets time pass, and what it has set off come to an end. */
async function turn(t: TestContext, ms: number): Promise<void> {
  t.mock.timers.tick(ms);
  await new Promise(setImmediate);
}
