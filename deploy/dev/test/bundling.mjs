// Run in the development image, which has esbuild, by tests/start/test_bundle.py: a small gateway is
// bundled, and tells the same from its bundle as without.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

const BUNDLE = "/opt/loa/dev/bundle";
const ESM = JSON.stringify({ type: "module", main: "index.js" });
const VERSIONS = { module: "as a bundler likes it", main: "index.js" };

const GATEWAY = {
  "clawdbot/package.json": JSON.stringify({ type: "module", version: "1.2.3" }),
  "clawdbot/dist/entry.js": 'import("./main.js").then(({ main }) => main());\n',
  "clawdbot/dist/main.js": `
    import { createRequire } from "node:module";
    import old, { dir } from "old";
    import { Named } from "esm";
    import { draw } from "sharp";
    const own = createRequire(import.meta.url);
    export async function main() {
      const { later } = await import("./later.js");
      const absent = await import("absent").catch(({ code }) => code);
      const found = await import(new URL("found.js", import.meta.url).href);
      const shared = [own("old") === old, found.old === old];
      const { version } = own("../package.json");
      const isOnce = own("./later.js").later === later;
      console.log(JSON.stringify({ version, isOnce, shared, old, dir, later, absent, found, argv: process.argv[1] }));
      console.log(new Named().constructor.name, draw, import.meta.filename, import.meta.dirname);
    }
  `,
  "clawdbot/dist/later.js": 'class Named {}\nexport const later = [Named.name, import.meta.url];\n',
  "clawdbot/dist/found.js": 'export { default as old } from "old";\nexport default "found by its place";\n',
  "old/package.json": JSON.stringify(VERSIONS),
  "old/index.js": 'exports.dir = [__dirname, __filename, typeof require("./data.json"), this === exports];\n',
  "old/data.json": "{}",
  "esm/package.json": ESM,
  "esm/index.js": "export class Named {}\n",
  "sharp/package.json": "{}",
  "sharp/index.js": 'exports.draw = `drawn in ${__filename}, ${Object.keys(require.cache).length > 0}`;\n',
};

function gateway(changes = {}) {
  const root = mkdtempSync(join(tmpdir(), "bundling-"));
  for (const [name, text] of Object.entries({ ...GATEWAY, ...changes })) {
    const path = join(root, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return root;
}

/** Makes its bundle; returns what was said. */
function build(root) {
  const words = [join(BUNDLE, "build.mjs"), root, "/opt/loa/tools"];
  return execFileSync(process.execPath, words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** What it prints, started by this file. */
function told(root, entry) {
  const env = { ...process.env, LOA_GATEWAY_BUNDLE: join(root, "node_modules/.bundle"), NODE_COMPILE_CACHE: "" };
  return execFileSync(process.execPath, [entry], { env, encoding: "utf8" });
}

test("a module finds itself and others where it lies, under its name, once", () => {
  const root = gateway();
  assert.match(build(root), /^bundled 6 modules of the gateway, /);
  const { entry, inputs } = JSON.parse(readFileSync(join(root, "node_modules/.bundle/bundle.json"), "utf8"));
  const unbundled = told(root, entry);
  assert.match(unbundled, /"version":"1\.2\.3","isOnce":true,"shared":\[true,true\].*"absent":"ERR_MODULE_NOT_FOUND".*\nNamed drawn in /);
  assert.equal(told(root, join(BUNDLE, "entry.mjs")), unbundled);
  assert.ok(inputs.includes("node_modules/old/index.js"));
  assert.ok(!inputs.some((name) => name.includes("sharp")), "what stays outside is not in it too");
});

/** A module that compiles a schema as the gateway does. */
function schemas(compile) {
  return `
const ajv = { compile(schema) { ${compile} } };
const Schema = "schema";
export const validate = ajv.compile(Schema);
export const later = 1;
`;
}

test("a schema is compiled when it is first used, and not before", () => {
  const compile = 'console.log("compiled"); const check = () => (check.errors = [schema], false); return check;';
  const main = `
    import { validate } from "./later.js";
    export function main() {
      console.log("started");
      console.log(validate("x"), validate.errors);
    }
  `;
  const root = gateway({ "clawdbot/dist/main.js": main, "clawdbot/dist/later.js": schemas(compile) });
  build(root);
  const entry = join(root, "node_modules/clawdbot/dist/entry.js");
  assert.equal(told(root, entry), "compiled\nstarted\nfalse [ 'schema' ]\n");
  assert.equal(told(root, join(BUNDLE, "entry.mjs")), "started\ncompiled\nfalse [ 'schema' ]\n");
});

for (const [why, file] of [
  ["is no JavaScript", { "clawdbot/dist/later.js": "export const = 1;\n" }],
  ["throws", { "clawdbot/dist/later.js": 'throw new Error("no");\n' }],
  ["has a schema that cannot be compiled", { "clawdbot/dist/later.js": schemas('throw new Error("no")') }],
]) {
  test(`there is no bundle of a gateway of which a part ${why}`, () => {
    const root = gateway(file);
    assert.equal(build(root), "");
    assert.ok(!existsSync(join(root, "node_modules/.bundle")));
  });
}

test("what is transpiled beforehand is understood by the gateway's transpiler", () => {
  const code = `
    import { warmTranspiler } from "/opt/loa/dev/child/transpiler.mjs";
    process.argv[1] = "/opt/loa/gateway/node_modules/clawdbot/dist/entry.js";
    console.log(warmTranspiler());
  `;
  const made = execFileSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
  assert.match(made, /class Tasks/);
  assert.doesNotMatch(made, /interface|readonly|import type/);
});
