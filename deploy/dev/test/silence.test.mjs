import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { waitedMs } from "../../health/gateway.mjs";
import { watchSilence } from "../silence.mjs";
import { until } from "./support.mjs";

const GATEWAY = -1;

/** Lets time go by as the test says. */
function clock(t) {
  t.mock.timers.enable({ apis: ["setInterval", "Date"], now: 0 });
  t.mock.method(performance, "now", () => Date.now());
}

/** When silence is said, where `share` of the time is spent waiting for a processor by `who`. */
function saidAt(t, share, who = GATEWAY) {
  clock(t);
  const said = [];
  const waited = (pid) => (pid === who ? share * Date.now() : 0);
  const onSilent = () => said.push(Date.now());
  const stop = watchSilence(GATEWAY, onSilent, waited);
  for (let gone = 0; gone < 60_000; gone += 50) t.mock.timers.tick(50);
  stop();
  t.mock.reset();
  return said;
}

test("silence is said within a second where nobody waits for a processor", (t) => {
  assert.deepEqual(saidAt(t, 0), [600]);
});

for (const [whose, who] of [["the gateway's", GATEWAY], ["our own", process.pid]]) {
  test(`time that goes by waiting for a processor, ${whose}, does not count`, (t) => {
    assert.deepEqual(saidAt(t, 0.75, who), [2_400]);
    assert.deepEqual(saidAt(t, 1, who), [], "it has not had a moment to answer");
  });
}

test("what has answered is silent no more", (t) => {
  clock(t);
  const stop = watchSilence(GATEWAY, assert.fail, () => 0);
  t.mock.timers.tick(599);
  stop();
  t.mock.timers.tick(60_000);
});

test("how long a process has waited for a processor is the kernel's account, of all its threads", async (t) => {
  assert.equal(waitedMs(GATEWAY), 0, "there is none");
  const before = waitedMs(process.pid);
  const busy = "for (const end = Date.now() + 300; Date.now() < end; );";
  const workers = Array.from({ length: 2 * availableParallelism() }, () => new Worker(busy, { eval: true }));
  t.after(() => Promise.all(workers.map((it) => it.terminate())));
  await until(() => waitedMs(process.pid) - before > 50, "more threads than processors have waited");
});
