import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Bundle } from "../bundle.mjs";
import { quiet, put, scratch } from "./support.mjs";

const LOAD = new URL("../bundle/load.mjs", import.meta.url).href;
const ENTRY = "/gateway/entry.js";

/** A bundle of two parts: one that tells who it is, and the entry. */
function bundled(t, text = "first") {
  const part = (path, code) => `"${path}": async () => { globalThis[Symbol.for("loa.parts")].add("${path}"); ${code} }`;
  const parts = [part("/gateway/a.js", `console.log("${text}")`), part(ENTRY, "console.log(process.argv[1])")];
  const home = scratch(t, {
    "a.js": "",
    "b.js": "",
    "node_modules/.bundle/bundle.json": JSON.stringify({ file: `gateway-${text}.bundle`, entry: ENTRY, inputs: ["node_modules/a.js"] }),
    [`node_modules/.bundle/gateway-${text}.bundle`]: `(function (exports, require, module) { exports.parts = { ${parts} }; })`,
  });
  return join(home, "node_modules/.bundle");
}

/** What this code prints in a process of its own that has this bundle. */
function run(bundle, code, cache = "") {
  const env = { ...process.env, LOA_GATEWAY_BUNDLE: bundle, NODE_COMPILE_CACHE: cache };
  const words = ["--input-type=module", "--eval", `import * as bundle from "${LOAD}"; ${code}`];
  return execFileSync(process.execPath, words, { env, encoding: "utf8" });
}

const kept = (cache) => readdirSync(cache).filter((name) => name.endsWith(".compiled"));

test("each part but the entry is imported beforehand, and said to be there", (t) => {
  const told = run(bundled(t), `
    for (const part of bundle.parts()) await bundle.importPart(part);
    console.log(JSON.stringify(bundle.loadedParts()));
  `);
  assert.equal(told, 'first\n["bundle:/gateway/a.js"]\n');
});

test("which files are in it is known once it is loaded", (t) => {
  const directory = bundled(t);
  const told = run(directory, `
    console.log([...bundle.bundledFiles()].length);
    await bundle.importPart("bundle:/gateway/a.js");
    console.log([...bundle.bundledFiles()].join());
  `);
  assert.equal(told, `0\nfirst\n${join(directory, "../../node_modules/a.js")}\n`);
});

test("what is to be made later is made once, when it is first called or looked at", (t) => {
  const told = run(bundled(t), `
    const make = () => {
      console.log("made");
      return Object.assign(function (word) { return [this?.name, word].join(); }, { errors: ["none"] });
    };
    const later = globalThis[Symbol.for("loa.later")];
    const [called, seen] = [later(make), later(make)];
    console.log("not yet", typeof called);
    console.log(called.call({ name: "own" }, "word"), called.errors);
    console.log(seen.errors, seen("word"));
  `);
  assert.equal(told, 'not yet function\nmade\nown,word [ \'none\' ]\nmade\n[ \'none\' ] ,word\n');
});

/** Modules of CommonJS as they are in a bundle, and how they are found by their places. */
const MODULES = `
  import { createRequire } from "node:module";
  import { join } from "node:path";
  const require = createRequire(import.meta.url);
  const at = (name) => join(process.env.LOA_GATEWAY_BUNDLE, "../..", name);
  const commonJS = globalThis[Symbol.for("loa.commonJS")];
`;

test("a module of CommonJS is the same for whoever requires it by its place", (t) => {
  const told = run(bundled(t), `${MODULES}
    const a = commonJS({ "a.js"(exports, module) { exports.b = b(); exports.end = true; } });
    const b = commonJS({ "b.js"(exports, module) { module.exports = () => [a().end, require(at("a.js")) === a()]; } });
    console.log(a().b(), require(at("a.js")) === a(), require(at("b.js")) === b());
    require.cache[at("c.js")] = { loaded: true, exports: "from outside" };
    console.log(commonJS({ "c.js"() { console.log("again"); } })());
  `);
  assert.equal(told, "[ true, true ] true true\nfrom outside\n");
});

test("a module of CommonJS that throws is run again for whoever requires it next", (t) => {
  const told = run(bundled(t), `${MODULES}
    let times = 0;
    const a = commonJS({ "a.js"(exports) { if ((times += 1) === 1) throw new Error("no"); exports.times = times; } });
    try { a(); } catch ({ message }) { console.log(message, at("a.js") in require.cache); }
    console.log(a().times);
  `);
  assert.equal(told, "no false\n2\n");
});

test("to the gateway it seems to have been started from its own file", (t) => {
  assert.equal(run(bundled(t), "await bundle.start();"), `${ENTRY}\n`);
});

test("what was compiled is kept for the next process, and of one bundle only", (t) => {
  const cache = scratch(t);
  const code = 'await bundle.importPart("bundle:/gateway/a.js"); bundle.keepCompiled();';
  run(bundled(t), code, cache);
  const [first] = kept(cache);
  assert.match(first, /^gateway-first\.bundle-/);
  const before = readFileSync(join(cache, first));
  run(bundled(t), code, cache);
  assert.deepEqual(readFileSync(join(cache, first)), before, "it is used, so it is left alone");
  run(bundled(t, "second"), code, cache);
  assert.match(kept(cache).join(), /^gateway-second\.bundle-[^,]*$/);
});

test("what is no compiled code is replaced", (t) => {
  const cache = scratch(t);
  const code = 'await bundle.importPart("bundle:/gateway/a.js"); bundle.keepCompiled();';
  run(bundled(t), code, cache);
  const [name] = kept(cache);
  put(join(cache, name), "no such thing");
  assert.equal(run(bundled(t), code, cache), "first\n");
  assert.notEqual(readFileSync(join(cache, name), "latin1"), "no such thing");
});

/** A bundle, as the reloader knows it, and a gateway that was started from it. */
function watched(t) {
  const lines = quiet(t);
  const bundle = new Bundle(bundled(t));
  return { lines, bundle, gateway: bundle.watch(new EventEmitter()) };
}

test("without one it is said that gateways take longer", (t) => {
  const lines = quiet(t);
  assert.equal(new Bundle(scratch(t)).directory, null);
  assert.match(lines.join(""), /^\S+ start: this image has no bundle of the gateway, .*\n$/);
});

test("one from which the first gateway ends at once is given up, and that is said once", (t) => {
  const { lines, bundle, gateway } = watched(t);
  const other = bundle.watch(new EventEmitter());
  for (const it of [gateway, other]) it.emit("exit", { before: "loading" });
  assert.equal(bundle.directory, null);
  assert.match(lines.join(""), /^\S+ start: the gateway's bundle does not load \(it ended at once\); .*\n$/);
});

test("one of which a part does not load is given up", (t) => {
  const { lines, bundle, gateway } = watched(t);
  gateway.emit("warmed", ["bundle:/gateway/a.js"]);
  assert.equal(bundle.directory, null);
  assert.match(lines.join(""), /does not load \(bundle:\/gateway\/a\.js\)/);
});

test("one from which a gateway was started stays, whatever ends the next gateways", (t) => {
  const { lines, bundle, gateway } = watched(t);
  gateway.emit("warmed", []);
  gateway.emit("listening");
  bundle.watch(new EventEmitter()).emit("exit", { before: "loading" });
  assert.notEqual(bundle.directory, null);
  assert.deepEqual(lines, []);
});
