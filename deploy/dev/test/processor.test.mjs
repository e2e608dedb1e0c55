// How long a process has had a processor: by that the reloader tells one that is stuck from a slow one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../../health/gateway.mjs";

/** The kernel counts in hundredths of a second, a program's own time and that spent for it apart. */
const ROUGHLY_MS = 2 * 10;
const NO_PID = 2 ** 22 + 1; // beyond what Linux gives

const ownMs = () => Object.values(process.cpuUsage()).reduce((one, other) => one + other) / 1_000;

test("it is told in ms, whatever the process is called", (t) => {
  const { title } = process;
  t.after(() => (process.title = title));
  process.title = "a) b (c";
  while (ownMs() < 300) process.memoryUsage();
  const [before, told, after] = [ownMs(), processorMs(process.pid), ownMs()];
  assert.ok(told > before - ROUGHLY_MS && told <= after, `${told} ms, by its own account ${before}`);
});

test("one that is not there has had none", () => {
  assert.equal(processorMs(NO_PID), 0);
});
