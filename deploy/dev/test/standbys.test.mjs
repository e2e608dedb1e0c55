// What is kept warm: how many, what is said of it, and what becomes of those that die.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Standbys } from "../standbys.mjs";
import { Gateway } from "./actors.mjs";
import { quiet, settle } from "./support.mjs";

/** Gateways that are kept warm, none as yet; all that were made, and what was told of them. */
function keeping(t) {
  const lines = quiet(t);
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1e12 });
  const [made, told] = [[], []];
  const make = () => {
    const gateway = new Gateway();
    gateway.on("exit", ({ status, signal }) => standbys.ended(gateway, status, signal));
    made.push(gateway);
    return gateway;
  };
  const standbys = new Standbys(make, { standby: (state) => told.push(state) });
  standbys.learn(["module"]);
  const tick = (ms) => (t.mock.timers.tick(ms), settle());
  const kept = () => made.filter(({ state }) => ["warming", "warm"].includes(state));
  return { standbys, made, kept, told, lines, tick };
}

/** … two of them, since two saves came so soon after one another. */
async function keepingTwo(t) {
  const parts = keeping(t);
  await parts.standbys.take();
  await parts.standbys.take();
  parts.standbys.goOn();
  assert.equal(parts.kept().length, 2);
  return parts;
}

test("it is told that one is warmed, is warm, and is there no more", async (t) => {
  const { standbys, made, told } = keeping(t);
  standbys.goOn();
  assert.deepEqual(told, ["warming"]);
  await made[0].warmed();
  assert.deepEqual(told, ["warming", "warm"]);
  made[0].exits(1, null);
  await settle();
  assert.deepEqual(told, ["warming", "warm", "none"]);
});

test("one that dies while it is warmed was never warm", async (t) => {
  const { standbys, made, told } = keeping(t);
  standbys.goOn();
  made[0].exits(1, null);
  await settle();
  assert.deepEqual(told, ["warming", "none"]);
});

test("of two, it is told what the next one is, and nothing of the other", async (t) => {
  const { made, told } = await keepingTwo(t);
  await made[1].warmed();
  await made[0].warmed();
  assert.deepEqual(told, ["warming", "warm", "warm"]);
  made[1].exits(1, null);
  assert.deepEqual(told, ["warming", "warm", "warm"], "the other one is there");
});

test("why one is there no more is said, and when the next one is warmed", async (t) => {
  const { standbys, made, lines } = keeping(t);
  standbys.goOn();
  made[0].exits(1, null);
  const words = "start: the gateway that was kept warm ended by itself, status 1; warming another in 5 s\n";
  assert.deepEqual(lines.map((line) => line.slice(line.indexOf("start:"))), [words]);
});

for (const [apart, count] of [[4_999, 2], [5_000, 1]]) {
  test(`after two saves that are ${apart / 1_000} s apart, so many are kept: ${count}`, async (t) => {
    const { standbys, kept, tick } = keeping(t);
    await standbys.take();
    await tick(apart);
    await standbys.take();
    standbys.goOn();
    assert.equal(kept().length, count);
  });
}

test("of two, after a minute without a save the one that is warm stays, and no second one comes", async (t) => {
  const { standbys, made, kept, tick } = await keepingTwo(t);
  await made[1].warmed();
  await tick(60_000);
  assert.deepEqual(kept(), [made[1]]);
  standbys.goOn();
  assert.deepEqual(kept(), [made[1]]);
});

test("when nobody works, none of two is kept; who then works again gets one", async (t) => {
  const { standbys, made, kept, told } = await keepingTwo(t);
  standbys.pause();
  assert.deepEqual([kept(), told.at(-1), standbys.state.state], [[], "paused", "paused"]);
  standbys.goOn();
  assert.deepEqual(kept(), [made[2]]);
  made[2].exits(1, null);
  assert.equal(standbys.state.state, "none", "it is no pause that it died");
});

test("those that die in a row are followed ever later, by five minutes at most, until one lives a minute", async (t) => {
  const { standbys, made, tick } = keeping(t);
  standbys.goOn();
  const waits = [];
  for (const lived of [0, 0, 0, 0, 0, 0, 0, 0, 0, 59_999, 60_000, 0]) {
    await tick(lived);
    const count = made.length;
    made.at(-1).exits(1, null);
    let waited = 0;
    for (; made.length === count && waited < 600_000; waited += 5_000) await tick(5_000);
    waits.push(waited / 1_000);
  }
  assert.deepEqual(waits, [5, 5, 10, 20, 40, 80, 160, 300, 300, 300, 5, 5]);
});

test("when both die, the next one is warmed as long after the second death", async (t) => {
  const { made, tick } = await keepingTwo(t);
  made[0].exits(1, null);
  await tick(1_000);
  made[1].exits(1, null);
  await tick(4_999);
  assert.equal(made.length, 2);
  await tick(1);
  assert.equal(made.length, 4);
});

test("one that is to follow a death is not warmed when nobody works any more", async (t) => {
  const { standbys, made, told, tick } = keeping(t);
  standbys.goOn();
  made[0].exits(1, null);
  standbys.pause();
  await tick(600_000);
  assert.equal(made.length, 1);
  assert.equal(told.at(-1), "paused");
});

test("one that a save has brought back is held for a load, whenever another was to follow the death", async (t) => {
  const { standbys, made, tick } = keeping(t);
  standbys.goOn();
  made[0].exits(1, null);
  standbys.goOn();
  standbys.hold();
  await tick(5_000);
  assert.equal(made[1].held, true);
});

test("at the end none is warmed any more, neither for a load nor after a death", async (t) => {
  const { standbys, made, tick } = keeping(t);
  standbys.goOn();
  made[0].exits(1, null);
  standbys.stop();
  standbys.goOn();
  await tick(600_000);
  assert.equal(made.length, 1);
});
