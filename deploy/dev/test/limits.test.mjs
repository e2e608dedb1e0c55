// How long a gateway is waited for: to get warm, to load, to answer, to say why it does not, to end.
import assert from "node:assert/strict";
import { once } from "node:events";
import fs, { chmodSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { scripted, SOUND, stage } from "./stage.mjs";
import { hurry, quiet, scratch, until } from "./support.mjs";

/** What is said over the channel, and heard; a server that answers with `body`, or never if that is null. */
const WARMS = 'process.on("message", ({ warm }) => warm && process.send({ warm: 1, failed: [] }));\n';
const listens = (body) => `
  const answers = (request, response) => ${body === null} || response.end(${JSON.stringify(body)});
  const told = () => process.send({ listening: true, modules: [] });
  require("node:http").createServer(answers).listen(process.env.LOA_GATEWAY_SOCKET, told);
`;
const between = (value, least, most) => assert.ok(value >= least && value < most, `${value} ms`);

test("one that waits for something while it warms is given up, and that is said", async (t) => {
  const lines = quiet(t);
  const gateway = scripted(t, "setInterval(() => {}, 1_000);");
  used(t, gateway, [0, 4]);
  assert.equal(await gateway.warm([], 100), false);
  const words = "start: the gateway that is to be kept warm does not get on; ending it\n";
  assert.deepEqual(lines.map((line) => line.slice(line.indexOf("start:"))), [words]);
});

test("one that gets on is waited for until it has had a processor for a minute", async (t) => {
  quiet(t);
  const gateway = scripted(t, "setInterval(() => {}, 1_000);");
  const looks = used(t, gateway, [0, 59_990, 59_990, 60_000]);
  assert.equal(await gateway.warm([], 100), false);
  assert.equal(looks(), 4, "two rounds");
});

/** Has a gateway seem to have used so many ms of a processor, at each look; returns how many looks there were. */
function used(t, { pid }, milliseconds) {
  const read = fs.readFileSync;
  let looks = 0;
  const now = () => milliseconds[Math.min((looks += 1), milliseconds.length) - 1];
  const stat = () => `${pid} (node) S ${"0 ".repeat(10)}${now() / 10} 0 0`;
  t.mock.method(fs, "readFileSync", (path, ...rest) => (path === `/proc/${pid}/stat` ? stat() : read(path, ...rest)));
  syncBuiltinESMExports();
  t.after(() => (t.mock.reset(), syncBuiltinESMExports()));
  return () => looks;
}

test("one that was held once, and then does not get on, is given up all the same", { timeout: 10_000 }, async (t) => {
  quiet(t);
  const gateway = scripted(t, "setInterval(() => {}, 1_000);");
  const warm = gateway.warm([], 200);
  gateway.hold();
  gateway.goOn();
  process.kill(gateway.pid, "SIGSTOP");
  assert.equal(await warm, false);
});

test("a cold one may take six rounds, and then is late", async (t) => {
  const gateway = scripted(t, "setInterval(() => {}, 1_000);");
  const failure = await gateway.load(100, assert.fail);
  assert.deepEqual(failure, { file: null, line: null, text: "the layer does not answer after 0.6 s" });
  assert.equal(gateway.wasLate, true);
});

test("a warm one whose layer waits for something may take one round", async (t) => {
  const gateway = scripted(t, WARMS);
  assert.equal(await gateway.warm([]), true);
  const { text } = await gateway.load(600, assert.fail);
  assert.equal(text, "the layer does not answer after 0.6 s");
});

/** Node, but it takes so many seconds to start. */
function slow(t, seconds) {
  const script = `#!/bin/sh\nsleep ${seconds}; exec "${process.execPath}" "$@"\n`;
  const path = join(scratch(t, { "slow.sh": script }), "slow.sh");
  chmodSync(path, 0o755);
  return path;
}

test("a slow one that is found in its layer's code is in no loop yet", async (t) => {
  const busy = "for (const end = Date.now() + 500; Date.now() < end; );\n";
  const { make } = await stage(t, busy + SOUND, slow(t, 0.6));
  assert.equal(await make().load(1_000, assert.fail), null);
});

test("one that was not warmed may take longer than its layer", async (t) => {
  const { make } = await stage(t, SOUND, slow(t, 1));
  assert.equal(await make().load(700, assert.fail), null);
});

for (const kind of ["cold", "warm"]) {
  test(`an endless loop is named with its place, once the time is up, by a ${kind} one`, async (t) => {
    const { make, layer } = await stage(t, "const n = 1;\n\nfor (;;) if (n === 2) break;\nexport {};\n");
    const gateway = make();
    if (kind === "warm") await gateway.warm([]);
    const began = performance.now();
    const failure = await gateway.load(700, assert.fail);
    assert.ok(performance.now() - began < 6 * 700, "not waited for as one is that is only slow");
    const file = join(layer, "layer.mjs");
    assert.deepEqual(failure, { file, line: 3, text: "still running after 0.7 s: an endless loop?" });
    assert.equal(gateway.wasLate, false);
    await gateway.kill();
    assert.equal(gateway.state, "ended");
  });
}

test("one that does not answer is asked ever more patiently, for 2 s at most", async (t) => {
  const gateway = scripted(t, listens(null));
  hurry(t, 10);
  const silent = t.mock.fn();
  const { text } = await gateway.load(12_000, silent);
  const patience = AbortSignal.timeout.mock.calls.map((call) => call.arguments[0]);
  assert.deepEqual(patience.slice(0, 5), [300, 600, 1_200, 2_000, 2_000]);
  assert.deepEqual([silent.mock.callCount(), text], [1, "the layer does not answer after 12 s"]);
  assert.equal(gateway.wasLate, true);
});

test("one whose layer is not there is asked why", async (t) => {
  const told = 'process.send({ diagnosis: { file: diagnose, line: 3, text: "boom" } })';
  const answers = `process.on("message", ({ diagnose }) => diagnose && ${told});`;
  const gateway = scripted(t, listens("Not Found") + answers);
  assert.deepEqual(await gateway.load(10_000, assert.fail), { file: "/layer", line: 3, text: "boom" });
});

test("… for 2 s at most; then what it printed has to do", { timeout: 10_000 }, async (t) => {
  const gateway = scripted(t, listens("Not Found"));
  const listening = once(gateway, "listening");
  const loaded = gateway.load(10_000, assert.fail);
  await listening;
  const passed = hurry(t, 10);
  const { text } = await loaded;
  between(passed(), 1_500, 10_000);
  assert.equal(text, "the layer did not load");
});

test("one that neither gives back what it has nor ends is ended after 7.5 s", async (t) => {
  const gateway = scripted(
    t,
    `process.on("message", ({ ping }) => ping && process.send({ pong: true }));
     process.on("SIGTERM", () => {});
     process.send({ inspector: 1 });`,
  );
  await until(() => gateway.inspectorPort === 1, "it has begun");
  const passed = hurry(t, 10);
  const retired = gateway.retire();
  assert.equal(gateway.state, "ending");
  await retired;
  between(passed(), 7_400, 15_000);
  assert.deepEqual([gateway.state, await gateway.exited], ["ended", [null, "SIGKILL"]]);
});
