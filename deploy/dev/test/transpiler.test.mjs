// tests/start/test_bundle.py shows with the gateway's own transpiler that it understands the sample.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { warmTranspiler } from "../child/transpiler.mjs";
import { scratch } from "./support.mjs";

/** Says what it was given; as jiti does, it would write to a cache beside packages unless told not to. */
const JITI = `
  const { writeFileSync } = require("node:fs");
  exports.createJiti = (path, { fsCache = true }) => ({
    transform({ source, filename, ts }) {
      if (fsCache) writeFileSync(__dirname + "/cached", source);
      return { ts, isTypeScript: filename.endsWith(".ts"), isSample: /\\binterface\\b/.test(source) };
    },
  });
`;

/** A gateway's directory, as if this process were that gateway. */
function gateway(t, files) {
  const root = scratch(t, files);
  const { argv } = process;
  process.argv = [argv[0], join(root, "clawdbot/entry.js")];
  t.after(() => (process.argv = argv));
  return root;
}

test("the sample goes through the gateway's own transpiler, as TypeScript, and leaves nothing", (t) => {
  const root = gateway(t, { "node_modules/jiti/index.js": JITI });
  assert.deepEqual(warmTranspiler(), { ts: true, isTypeScript: true, isSample: true });
  assert.deepEqual(readdirSync(join(root, "node_modules/jiti")), ["index.js"]);
});

test("a gateway with another transpiler goes without", (t) => {
  gateway(t, { "node_modules/other/index.js": "" });
  assert.equal(warmTranspiler(), null);
});
