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

test("a status or a signal is named", () => {
  assert.equal(howEnded(3, null), "ended by itself, status 3");
  assert.equal(howEnded(null, "SIGSEGV"), "ended by itself, SIGSEGV");
  assert.equal(howEnded(null, null), "could not be started");
});

test("only who was killed since the last look was killed for memory", (t) => {
  let kills = 0;
  const read = fs.readFileSync;
  t.mock.method(fs, "readFileSync", (path, ...rest) =>
    path === "/sys/fs/cgroup/memory.events" ? `low 0\noom 9\noom_kill ${kills}\n` : read(path, ...rest),
  );
  syncBuiltinESMExports();
  t.after(() => (t.mock.reset(), syncBuiltinESMExports()));
  howEnded(0, null);
  assert.equal(howEnded(null, "SIGKILL"), "ended by itself, SIGKILL");
  kills = 1e9;
  assert.equal(howEnded(null, "SIGKILL"), "ended by itself, SIGKILL (killed for memory)");
  assert.equal(howEnded(null, "SIGKILL"), "ended by itself, SIGKILL");
  kills += 1;
  assert.equal(howEnded(1, null), "ended by itself, status 1");
});
