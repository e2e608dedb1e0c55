// The handover: which gateway loads what, and when.
import assert from "node:assert/strict";
import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { events, FAILURE, reload } from "./actors.mjs";
import { scratch, settle } from "./support.mjs";

test("the first start is cold, and then the next gateway is warmed", async (t) => {
  const { found, gateways, told, led } = await reload(t, { started: false });
  found.start();
  await settle();
  assert.deepEqual([found.active, found.standby], [null, { state: "none", pid: null }]);
  await gateways[0].loaded();
  assert.equal(found.active, gateways[0]);
  assert.deepEqual(led, [gateways[0].pid]);
  assert.deepEqual(events(told), ["live generation 1", "standby warming"]);
  assert.deepEqual(found.standby, { state: "warming", pid: gateways[1].pid });
});

test("a save is loaded by the warm one, which takes over before the old one is ended", async (t) => {
  const { found, gateways, told, led, save, sources } = await reload(t);
  await save("a.ts");
  assert.equal(found.active, gateways[0]);
  assert.deepEqual([sources.isServed, sources.isTried], [false, true]);
  await gateways[1].loaded();
  assert.equal(found.active, gateways[1]);
  assert.deepEqual([sources.isServed, sources.isTried], [true, false]);
  assert.deepEqual(led, [gateways[1].pid]);
  assert.equal(gateways[0].state, "ending");
  assert.deepEqual(events(told), ["noticed a.ts", "live a.ts", "standby warming"]);
  assert.equal(gateways.length, 3);
});

test("how long a save took is counted from when the newest of its files was written", async (t) => {
  const { found, gateways, save, tick } = await reload(t);
  const place = scratch(t, { "a.ts": "", "b.ts": "" });
  const files = ["a.ts", "b.ts", "gone.ts"].map((name) => join(place, name));
  const written = Math.max(...files.slice(0, 2).map((it) => statSync(it).mtimeMs));
  t.mock.timers.setTime(Math.ceil(written) + 40);
  const phases = [];
  found.report.live = (about, times) => phases.push(times);
  await save(...files);
  await tick(500);
  await gateways[1].loaded();
  const [{ noticedMs, loadedMs, servedMs }] = phases;
  assert.ok(noticedMs >= 40 && noticedMs <= 41, `noticed after ${noticedMs} ms`);
  assert.deepEqual([loadedMs, servedMs], [500, 500 + noticedMs]);
});

for (const [what, name, passed, noticed] of [
  ["one file", "a.ts", 40, 40],
  ["a file that is gone", "gone.ts", 40, 0],
  ["a file of long ago", "a.ts", 61_000, 0],
  ["a file of a clock that is fast", "a.ts", -40, 0],
]) {
  test(`a save of ${what} is said to have been noticed after ${noticed} ms`, async (t) => {
    const { found, gateways, save } = await reload(t);
    const file = join(scratch(t, { "a.ts": "" }), "a.ts");
    const written = Math.floor(statSync(file).mtimeMs / 1_000);
    utimesSync(file, written, written);
    t.mock.timers.setTime(written * 1_000 + passed);
    const phases = [];
    found.report.live = (about, times) => phases.push(times);
    await save(join(file, "..", name));
    await gateways[1].loaded();
    assert.equal(phases[0].noticedMs, noticed);
  });
}

test("every gateway is told what something happened to", async (t) => {
  const { found, gateways } = await reload(t);
  found.touched(["a.ts"]);
  assert.deepEqual(gateways.map(({ old }) => old), [["a.ts"], ["a.ts"]]);
  gateways[1].kill();
  found.touched(["b.ts"]);
  assert.deepEqual(gateways.map(({ old }) => old), [["a.ts", "b.ts"], ["a.ts"]], "one that has ended is forgotten");
});

describe("a save", () => {
  test("that comes while one is warmed waits for it, and for more saves", async (t) => {
    const { gateways, told, save } = await reload(t);
    await save("a.ts");
    await gateways[1].loaded();
    await save("b.ts");
    await save("c.ts");
    assert.equal(gateways.length, 3);
    await gateways[2].warmed();
    await save("d.ts");
    assert.deepEqual(events(told).slice(3), ["waiting b.ts", "waiting b.ts,c.ts", "noticed b.ts,c.ts"]);
    assert.equal(gateways[2].state, "loading");
  });

  test("that finds a warm one, or none at all, waits for nothing", async (t) => {
    const { gateways, told, save, tick } = await reload(t);
    await save("a.ts");
    await gateways[1].loaded();
    await gateways[2].warmed();
    await save("b.ts");
    await gateways[2].loaded();
    await tick(600_000);
    await save("c.ts");
    assert.ok(!told.some(([name]) => name === "waiting"));
  });

  test("that comes during a load is loaded next, once", async (t) => {
    const { gateways, told, save, sources } = await reload(t);
    await save("a.ts");
    await save("b.ts");
    await save("b.ts", "c.ts");
    sources.serves = () => {};
    await gateways[1].loaded();
    await gateways[2].warmed();
    await gateways[2].loaded();
    const loads = events(told).filter((it) => /^(noticed|live)/.test(it));
    assert.deepEqual(loads, ["noticed a.ts", "live a.ts", "noticed b.ts,c.ts", "live b.ts,c.ts"]);
  });

  test("that is broken leaves the old one in place, and the next good one is live", async (t) => {
    const { found, gateways, told, led, save, sources } = await reload(t);
    await save("a.ts");
    await gateways[1].loaded(FAILURE);
    assert.deepEqual([sources.isServed, sources.isTried], [false, false]);
    assert.equal(found.active, gateways[0]);
    assert.equal(gateways[0].state, "active");
    assert.deepEqual(led, []);
    assert.equal(gateways[1].state, "ended");
    await save("a.ts");
    await gateways[2].warmed();
    await gateways[2].loaded();
    assert.equal(found.active, gateways[2]);
    assert.deepEqual(told.map(([name]) => name), ["noticed", "broken", "standby", "waiting", "noticed", "live", "standby"]);
  });

  test("that takes all back loads nothing", async (t) => {
    const { gateways, told, save, back } = await reload(t);
    await save("a.ts");
    await gateways[1].loaded(FAILURE);
    await back("a.ts");
    assert.deepEqual(events(told).at(-1), "restored");
    assert.equal(gateways.length, 3);
  });

  test("that takes all back is loaded all the same when nothing serves", async (t) => {
    const { found, gateways, save, back } = await reload(t, { started: false });
    found.start();
    await settle();
    await gateways[0].loaded(FAILURE);
    await gateways[1].warmed();
    await save("a.ts");
    await gateways[1].loaded(FAILURE);
    await gateways[2].warmed();
    await back("a.ts");
    assert.equal(gateways[2].state, "loading");
  });

  test("that comes while another one hangs ends that after 3 s", async (t) => {
    const { gateways, told, save, tick } = await reload(t);
    await save("loop.ts");
    await tick(1_000);
    await save("loop.ts");
    await tick(1_999);
    assert.equal(gateways[1].state, "loading");
    await tick(1);
    assert.equal(gateways[1].state, "ended");
    await gateways[2].warmed();
    await gateways[2].loaded();
    const loads = events(told).filter((it) => /^(noticed|live|broken)/.test(it));
    assert.deepEqual(loads, ["noticed loop.ts", "noticed loop.ts", "live loop.ts"]);
  });

  for (const order of ["comes while another one is", "waits for another one that falls"]) {
    test(`that ${order} silent ends that at once`, async (t) => {
      const { gateways, told, save, tick } = await reload(t);
      await save("a.ts");
      const began = Date.now();
      if (order.startsWith("waits")) await save("b.ts");
      const waited = Date.now() - began;
      gateways[1].fallsSilent();
      if (order.startsWith("comes")) await save("b.ts");
      assert.deepEqual(told.find(([name]) => name === "silent"), ["silent", "a.ts", waited]);
      await tick(0);
      assert.equal(gateways[1].state, "ended");
      assert.ok(!told.some(([name]) => name === "broken"), "nobody knows what would have become of it");
    });
  }

  test("in a row with others is loaded with those behind the first, when they have ended", async (t) => {
    const { gateways, told, sources, changed, save, tick } = await reload(t);
    await save("0.ts");
    await gateways[1].loaded();
    await gateways[2].warmed();
    sources.isServed = false;
    for (let number = 1; number < 10; number += 1) {
      await tick(100);
      await changed(`${number}.ts`);
    }
    await tick(149);
    assert.equal(gateways[2].state, "warm");
    await tick(1);
    await gateways[2].loaded();
    const loads = events(told).filter((it) => it.startsWith("noticed"));
    assert.deepEqual(loads, ["noticed 0.ts", `noticed ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((it) => `${it}.ts`)}`]);
  });

  test("is said to load until it serves or is broken, silent or not", async (t) => {
    const { found, gateways, told, save } = await reload(t);
    assert.equal(found.loads, false);
    await save("a.ts");
    gateways[1].fallsSilent();
    assert.equal(found.loads, true);
    await gateways[1].loaded();
    assert.equal(found.loads, false);
    assert.deepEqual(events(told), ["noticed a.ts", "silent a.ts", "standby warming", "live a.ts"]);
  });

  test("that comes again and again on a slow machine leaves each load more time, until one serves", async (t) => {
    const { gateways, told, save, tick } = await reload(t);
    const one = (...states) => gateways.find(({ state }) => states.includes(state));
    const patience = async () => {
      await save("a.ts");
      const loading = one("loading");
      await save("a.ts");
      let waited = 0;
      for (; loading.state === "loading"; waited += 500) await tick(500);
      const next = one("warming", "cold");
      if (next?.onWarm) await next.warmed();
      return waited;
    };
    for (const wanted of [3_000, 6_000, 10_000, 10_000]) assert.equal(await patience(), wanted);
    assert.ok(!told.some(([name]) => name === "live"));
    await one("loading").loaded();
    await one("warming").warmed();
    assert.equal(await patience(), 3_000);
  });
});

describe("what is kept warm", () => {
  test("is warmed beside a load that takes long", async (t) => {
    const { gateways, save, tick } = await reload(t);
    await save("a.ts");
    await tick(1_999);
    assert.equal(gateways.length, 2);
    await tick(1);
    assert.equal(gateways[2].state, "warming");
  });

  test("are two while saves come quickly, and one again a minute later", async (t) => {
    const { gateways, save, tick } = await reload(t);
    const kept = () => gateways.filter(({ state }) => ["warming", "warm"].includes(state)).length;
    await save("a.ts");
    await gateways[1].loaded();
    assert.equal(kept(), 1);
    await tick(2_000);
    await save("b.ts");
    await gateways[2].warmed();
    await gateways[2].loaded();
    assert.equal(kept(), 2);
    await tick(59_999);
    assert.equal(kept(), 2);
    await tick(1);
    assert.equal(kept(), 1);
  });

  test("of two, the one that is warm is taken first", async (t) => {
    const { gateways, save, tick } = await reload(t);
    await save("a.ts");
    await gateways[1].loaded();
    await tick(2_000);
    await save("b.ts");
    await gateways[2].warmed();
    await gateways[2].loaded();
    const [older, newer] = gateways.slice(3);
    await newer.warmed();
    await save("c.ts");
    assert.deepEqual([older.state, newer.state], ["warming", "loading"]);
  });

  test("waits while a save is loaded, for two seconds at most", async (t) => {
    const { gateways, save, tick } = await reload(t);
    await save("a.ts");
    await gateways[1].loaded();
    await tick(2_000);
    await save("b.ts");
    await gateways[2].warmed();
    await gateways[2].loaded();
    const [older, newer] = gateways.slice(3);
    await older.warmed();
    await save("c.ts");
    assert.equal(newer.held, true);
    await tick(2_000);
    assert.equal(newer.held, false);
  });

  test("is given up after ten idle minutes, and the next save is cold and keeps one warm again", async (t) => {
    const { found, gateways, told, save, tick } = await reload(t);
    await tick(599_999);
    assert.equal(found.standby.state, "warm");
    await tick(1);
    assert.deepEqual(found.standby, { state: "paused", pid: null });
    assert.equal(gateways[1].state, "ended");
    await save("a.ts");
    await gateways[2].loaded();
    assert.equal(found.standby.state, "warming");
    assert.deepEqual(events(told), ["standby paused", "noticed a.ts", "live a.ts", "standby warming"]);
    assert.deepEqual(told[2].at(-1), true);
  });

  test("is kept for ten minutes from the last save on, not from the first", async (t) => {
    const { found, gateways, save, tick } = await reload(t);
    await tick(599_999);
    await save("a.ts");
    await gateways[1].loaded();
    await gateways[2].warmed();
    await tick(599_999);
    assert.equal(found.standby.state, "warm");
  });

  test("is not warmed beside a cold load, however slow that is", async (t) => {
    const { gateways, save, tick } = await reload(t);
    await tick(600_000);
    await save("a.ts");
    gateways[2].fallsSilent();
    await tick(60_000);
    assert.equal(gateways.length, 3);
    await gateways[2].loaded();
    assert.equal(gateways[3].state, "warming");
  });

  test("is warmed again when it dies: after 5 s at first, then each time later", async (t) => {
    const { found, gateways, tick } = await reload(t);
    const waits = [];
    for (let round = 0; round < 4; round += 1) {
      gateways.at(-1).kill();
      assert.equal(found.standby.state, "none");
      const count = gateways.length;
      let waited = 0;
      for (; gateways.length === count; waited += 1_000) await tick(1_000);
      waits.push(waited);
    }
    assert.deepEqual(waits, [5_000, 5_000, 10_000, 20_000]);
  });

  test("may die between a save and its load: then it is loaded cold", async (t) => {
    const { gateways, told, save } = await reload(t);
    await save("a.ts");
    await gateways[1].loaded();
    await save("b.ts");
    gateways[2].kill();
    await settle();
    assert.equal(gateways[3].state, "loading");
    await gateways[3].loaded();
    assert.deepEqual(told.findLast(([name]) => name === "live").slice(1), ["b.ts", "", true]);
  });
});
