// A layer whose imports are transpiled for the first time, which takes long: it is in no loop.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { SOUND, stage } from "./stage.mjs";
import { quiet, scratch } from "./support.mjs";

/** A layer that imports something by a transpiler, which has the processor for so many ms. */
async function importing(t, milliseconds) {
  const transform = "exports.transform = (ms) => { for (const end = Date.now() + ms; Date.now() < end; ); };\n";
  const jiti = join(scratch(t, { "node_modules/jiti/dist/jiti.cjs": transform }), "node_modules/jiti/dist/jiti.cjs");
  const code = `import jiti from "${jiti}";\njiti.transform(${milliseconds});\n`;
  return await stage(t, code + SOUND);
}

test("one whose imports are transpiled for the first time is in no loop", async (t) => {
  const { make } = await importing(t, 900);
  const [cold, warm] = [make(), make()];
  assert.equal(await cold.load(500, assert.fail), null);
  await warm.warm([]);
  const lines = quiet(t);
  assert.equal(await warm.load(500, assert.fail), null);
  const words =
    "start: layer.mjs: what it imports is transpiled, which takes long the first time; waiting for it\n";
  assert.deepEqual(lines.map((line) => line.slice(line.indexOf("start:"))), [words]);
});

test("… but it is not waited for without end", async (t) => {
  const { make, layer } = await importing(t, 60_000);
  const file = join(layer, "layer.mjs");
  const lines = quiet(t);
  const failure = await make().load(200, assert.fail);
  assert.deepEqual(failure, { file, line: 2, text: "still running after 2.4 s: an endless loop?" });
  assert.ok(lines.length <= 1, `said once, if it was found so early: ${lines}`);
});
