import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { test } from "node:test";
import { Backoff, howEnded } from "../ended.mjs";

test("the first start is at once, each one in a row later, up to the longest wait", () => {
  const backoff = new Backoff({ first: 100, longest: 350, stable: 1_000 });
  assert.deepEqual([0, 0, 0, 0, 0].map((lived) => backoff.after(lived)), [0, 100, 200, 350, 350]);
});

test("one that served for long enough begins anew", () => {
  const backoff = new Backoff({ first: 100, longest: 350, stable: 1_000 });
  assert.deepEqual([0, 999, 1_000, 0].map((lived) => backoff.after(lived)), [0, 100, 0, 100]);
});

test("unless said otherwise it begins with a second, ends with half a minute, and forgets after ten", () => {
  const backoff = new Backoff();
  const lived = [0, 0, 0, 0, 0, 0, 0, 9_999, 10_000];
  const waits = [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 0];
  assert.deepEqual(lived.map((it) => backoff.after(it)), waits);
});

test("a status or a signal is named", () => {
  assert.equal(howEnded(3, null), "ended by itself, status 3");
  assert.equal(howEnded(null, "SIGSEGV"), "ended by itself, SIGSEGV");
  assert.equal(howEnded(null, null), "could not be started");
});

test("as many as the kernel killed since the last look were killed for memory", (t) => {
  const kernel = counting(t);
  howEnded(0, null, 0);
  const killed = (now) => howEnded(null, "SIGKILL", now).endsWith(" (killed for memory)");
  assert.equal(killed(0), false);
  kernel.kills = 1e9;
  assert.equal(howEnded(1, null, 0), "ended by itself, status 1");
  kernel.kills += 2;
  assert.deepEqual([0, 1_000, 2_000].map(killed), [true, true, false]);
});

test("who ends much later was not one of them", (t) => {
  const kernel = counting(t);
  kernel.kills = 2e9;
  assert.deepEqual(
    [0, 5_001].map((now) => howEnded(null, "SIGKILL", now)),
    ["ended by itself, SIGKILL (killed for memory)", "ended by itself, SIGKILL"],
  );
});

test("the kernel's older way to count is understood too", (t) => {
  const kernel = counting(t, "/sys/fs/cgroup/memory/memory.oom_control");
  kernel.kills = 3e9;
  assert.match(howEnded(null, "SIGKILL", 1e6), /killed for memory/);
});

/** A kernel whose count a test sets. */
function counting(t, where = "/sys/fs/cgroup/memory.events") {
  const kernel = { kills: 0 };
  const read = fs.readFileSync;
  t.mock.method(fs, "readFileSync", (path, encoding) => {
    const asked = path === where && encoding === "utf8";
    return asked ? `low 0\noom 9\noom_kill ${kernel.kills}\n` : read(path, encoding);
  });
  syncBuiltinESMExports();
  t.after(() => (t.mock.reset(), syncBuiltinESMExports()));
  return kernel;
}
