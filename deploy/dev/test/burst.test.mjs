import assert from "node:assert/strict";
import { test } from "node:test";
import { Burst } from "../burst.mjs";

function burst(t) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000 });
  const ended = [];
  return { ended, burst: new Burst((paths, since) => ended.push({ paths, since, at: Date.now() })) };
}

test("one save is told 20 ms later, with the time of its event", (t) => {
  const { ended, burst: saves } = burst(t);
  saves.add(["a"]);
  t.mock.timers.tick(19);
  assert.deepEqual(ended, []);
  t.mock.timers.tick(1);
  assert.deepEqual(ended, [{ paths: ["a"], since: 1_000, at: 1_020 }]);
});

test("saves that come close together are one change, each file once", (t) => {
  const { ended, burst: saves } = burst(t);
  for (const name of ["a", "b", "a", "c"]) {
    saves.add([name]);
    t.mock.timers.tick(15);
  }
  t.mock.timers.tick(5);
  assert.deepEqual(ended, [{ paths: ["a", "b", "c"], since: 1_000, at: 1_065 }]);
});

test("a stream of saves without a gap is told every 250 ms", (t) => {
  const { ended, burst: saves } = burst(t);
  for (let elapsed = 0; elapsed < 600; elapsed += 10) {
    saves.add([`${elapsed}`]);
    t.mock.timers.tick(10);
  }
  assert.deepEqual(ended.map(({ at }) => at), [1_250, 1_500]);
  t.mock.timers.tick(20);
  assert.equal(ended.flatMap(({ paths }) => paths).length, 60);
});

test("what comes after the end is the next change", (t) => {
  const { ended, burst: saves } = burst(t);
  saves.add(["a"]);
  t.mock.timers.tick(20);
  saves.add(["b"]);
  t.mock.timers.tick(20);
  assert.deepEqual(ended.map(({ paths, since }) => [paths, since]), [[["a"], 1_000], [["b"], 1_020]]);
});
