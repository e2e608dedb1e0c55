import assert from "node:assert/strict";
import { test } from "node:test";
import { Row } from "../row.mjs";
import { settle } from "./support.mjs";

/** A row, and when what waits for its end went on, in ms from the beginning. */
function row(t) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  const found = new Row();
  const ends = [];
  const wait = () => (found.ended().then(() => ends.push(Date.now())), settle());
  const tick = (ms) => (t.mock.timers.tick(ms), settle());
  return { found, ends, wait, tick };
}

test("a save with none before it waits for nothing", async (t) => {
  const { found, ends, wait } = row(t);
  found.saved();
  await wait();
  assert.deepEqual(ends, [0]);
});

for (const [gap, end] of [
  [150, 300],
  [151, 151],
]) {
  test(`a save ${gap} ms after another one that is being loaded goes on at ${end} ms`, async (t) => {
    const { found, ends, wait, tick } = row(t);
    found.saved();
    found.loads();
    await tick(gap);
    found.saved();
    await wait();
    await tick(149);
    await tick(1);
    assert.deepEqual(ends, [end]);
  });
}

test("a row ends 150 ms after its last save", async (t) => {
  const { found, ends, wait, tick } = row(t);
  found.saved();
  found.loads();
  for (const _ of [1, 2, 3]) {
    await tick(100);
    found.saved();
    await wait();
  }
  await tick(150);
  assert.deepEqual(ends, [450, 450, 450]);
});

test("of a row that does not end, what came in 1.5 s is loaded", async (t) => {
  const { found, ends, wait, tick } = row(t);
  found.saved();
  await tick(50);
  found.loads();
  await wait();
  for (let elapsed = 0; elapsed < 1_600; elapsed += 50) {
    found.saved();
    await tick(50);
  }
  assert.deepEqual(ends, [1_550]);
});
