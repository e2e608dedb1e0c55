// How gateways end: by themselves, and when all ends.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { events, FAILURE, reload } from "./actors.mjs";
import { settle } from "./support.mjs";

describe("a gateway that serves and dies", () => {
  test("is followed by the warm one at once, and connections wait meanwhile", async (t) => {
    const { found, gateways, told, led, tick } = await reload(t);
    gateways[0].kill();
    assert.deepEqual(led, [null]);
    assert.equal(found.active, null);
    await tick(0);
    await gateways[1].loaded();
    assert.deepEqual(led, [null, gateways[1].pid]);
    assert.deepEqual(events(told).slice(0, 3), [
      "ended the gateway ended by itself, SIGKILL",
      "noticed the gateway had ended",
      "live the gateway had ended",
    ]);
  });

  test("again and again is started ever later, until it has served for 10 s", async (t) => {
    const { found, gateways, told, tick } = await reload(t);
    const serve = async () => {
      while (!found.active) {
        gateways.filter(({ state }) => state === "warming").forEach((it) => it.warmed());
        gateways.filter(({ state }) => state === "loading").forEach((it) => it.loaded());
        await tick(100);
      }
    };
    for (const lived of [0, 0, 0, 0, 10_000, 0]) {
      await tick(lived);
      found.active.kill();
      await serve();
    }
    const waits = told.filter(([name]) => name === "ended").map(([, , wait]) => wait);
    assert.deepEqual(waits, [0, 1_000, 2_000, 4_000, 0, 1_000]);
  });

  test("during the load of a good save is followed by that", async (t) => {
    const { found, gateways, told, save, tick } = await reload(t);
    await save("a.ts");
    gateways[0].kill();
    await tick(0);
    assert.equal(gateways.filter(({ state }) => state === "loading").length, 1);
    await gateways[1].loaded();
    assert.equal(found.active, gateways[1]);
    await gateways[2].warmed();
    await tick(60_000);
    assert.equal(found.active, gateways[1]);
    assert.equal(events(told).filter((it) => it.startsWith("noticed")).length, 1, "and by nothing else");
  });

  test("is named before the save that comes while it waits to be started again", async (t) => {
    const { found, gateways, told, save, tick } = await reload(t);
    for (let round = 0; round < 2; round += 1) {
      found.active.kill();
      await tick(0);
      if (round === 0) await gateways[1].loaded();
    }
    await save("a.ts");
    await gateways[2].warmed();
    await gateways[2].loaded();
    await tick(60_000);
    const loads = events(told).filter((it) => it.startsWith("noticed"));
    assert.deepEqual(loads, ["noticed the gateway had ended", "noticed a.ts"]);
  });

  test("gives its connections back first, and no more are sent to it", async (t) => {
    const { gateways, led } = await reload(t);
    gateways[0].emit("returned", "a connection");
    assert.deepEqual(led, [null, "a connection"]);
  });

  test("one that never reached it goes to the next", async (t) => {
    const { gateways, led } = await reload(t);
    gateways[0].emit("untaken", "a connection");
    assert.deepEqual(led, ["a connection"]);
  });
});

test("a first load that ends by itself is tried again, ever later, until it is mended", async (t) => {
  const { found, gateways, told, save, tick } = await reload(t, { started: false });
  found.start();
  await settle();
  for (const wait of [0, 1_000, 2_000]) {
    gateways.at(-1).exits(1, null);
    await settle();
    await tick(Math.max(0, wait - 1));
    assert.equal(gateways.at(-1).state, wait > 0 ? "ended" : "loading");
    await tick(wait > 0 ? 1 : 0);
    assert.equal(gateways.at(-1).state, "loading", `after ${wait} ms`);
  }
  await gateways.at(-1).loaded(FAILURE);
  await gateways.at(-1).warmed();
  await save("a.ts");
  await gateways.find(({ state }) => state === "loading").loaded();
  assert.equal(events(told).filter((it) => it.startsWith("live")).length, 1);
});

test("a first load that is broken is not tried again before the next save", async (t) => {
  const { found, gateways, told, tick } = await reload(t, { started: false });
  found.start();
  await settle();
  await gateways[0].loaded(FAILURE);
  await gateways[1].warmed();
  await tick(60_000);
  assert.deepEqual(events(told).filter((it) => it.startsWith("noticed")), []);
});

test("a save that ends by itself too is waited for as long as its turn is, not that of the one before", async (t) => {
  const { found, gateways, save, tick } = await reload(t, { started: false });
  found.start();
  const ends = async () => (await settle(), gateways.at(-1).exits(1, null), await settle());
  await ends();
  await tick(0);
  await ends();
  await tick(500);
  await save("a.ts");
  await ends();
  await tick(1_999);
  assert.equal(gateways.at(-1).state, "ended");
  await tick(1);
  assert.equal(gateways.at(-1).state, "loading");
});

test("a restart is loaded though nothing differs, and its cause is said", async (t) => {
  const { found, gateways, told } = await reload(t);
  found.restart("restart");
  await settle();
  await gateways[1].loaded();
  assert.deepEqual(events(told).slice(0, 2), ["noticed restart", "live restart"]);
});

test("a save together with a restart is what is named", async (t) => {
  const { found, gateways, told, save } = await reload(t);
  await save("a.ts");
  found.restart("restart");
  await save("b.ts");
  await gateways[1].loaded();
  await gateways[2].warmed();
  assert.deepEqual(events(told).at(-1), "noticed b.ts");
});

describe("the end", () => {
  for (const [what, prepare, inOrder] of [
    ["while nothing happens", async () => {}, [0]],
    ["while a save is loaded", ({ save }) => save("a.ts"), [0]],
    ["while one is warmed", async ({ save, gateways }) => (await save("a.ts"), await gateways[1].loaded()), [0, 1]],
    [
      "while a save waits for one that is warmed",
      async ({ save, gateways }) => (await save("a.ts"), await gateways[1].loaded(), await save("b.ts")),
      [0, 1],
    ],
    ["while another one is to be warmed", async ({ gateways }) => gateways[1].kill(), [0]],
    ["while it waits to be started again", async ({ gateways }) => gateways[0].kill(), []],
  ]) {
    test(`${what}: in good order for those that served, at once for the others`, async (t) => {
      const parts = await reload(t);
      await prepare(parts);
      const { found, gateways, tick } = parts;
      let ended = false;
      const stopped = found.stop().then(() => (ended = true));
      await settle();
      const states = gateways.filter(({ state }) => state === "ending");
      assert.deepEqual(states.map((it) => gateways.indexOf(it)), inOrder);
      assert.equal(ended, inOrder.length === 0);
      assert.ok(gateways.every(({ state }) => ["ending", "ended"].includes(state)));
      states.forEach((it) => it.end());
      await stopped;
      const count = gateways.length;
      await tick(600_000);
      assert.equal(gateways.length, count, "nothing is started any more");
    });
  }

  test("before anything served", async (t) => {
    const { found, gateways, tick } = await reload(t, { started: false });
    found.start();
    await settle();
    await found.stop();
    await tick(600_000);
    assert.deepEqual(gateways.map(({ state }) => state), ["ended"]);
  });
});
