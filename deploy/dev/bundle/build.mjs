// build.mjs GATEWAY TOOLS: puts the modules of the gateway in the directory GATEWAY into one file
// beside them, in GATEWAY/node_modules/.bundle; esbuild is found in TOOLS. For development only, see load.mjs.
//
// A gateway that cannot be bundled leaves an image without a bundle, which is as good, but slower.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { faithful } from "./faithful.mjs";
import { outside } from "./packages.mjs";

const [, , gateway, tools] = process.argv;
const modules = join(gateway, "node_modules");
const entry = join(modules, "clawdbot/dist/entry.js");
// Node says nothing of a package's deprecated ways, and tells packages by this directory.
const bundle = join(modules, ".bundle");
const CHECK = new URL("check.mjs", import.meta.url).pathname;
const CHECK_MS = 120_000;
/** How esbuild runs a module of CommonJS; instead it is run by load.mjs, which lets others require it. */
const COMMON_JS = /^var __commonJS = .*?^};$/ms;

/** As Node resolves and runs it; nothing is left out or renamed that a program could notice. */
const AS_NODE_DOES = {
  absWorkingDir: gateway,
  bundle: true,
  charset: "ascii",
  conditions: ["node-addons", "module-sync"],
  format: "cjs",
  ignoreAnnotations: true,
  keepNames: true,
  legalComments: "none",
  logLevel: "error",
  mainFields: ["main"],
  metafile: true,
  platform: "node",
  target: `node${process.versions.node}`,
  write: false,
  // What load.mjs calls.
  banner: { js: "(function (exports, require, module) {" },
  footer: { js: "})" },
};

/** Each of these files can be imported by its path from the outside. */
async function bundled(esbuild, parts) {
  const imports = [...parts].map((path) => `${JSON.stringify(path)}: () => import(${JSON.stringify(path)})`);
  return await esbuild.build({
    ...AS_NODE_DOES,
    stdin: { contents: `export const parts = {\n${imports.join(",\n")}\n};\n`, resolveDir: gateway },
    plugins: [faithful({ outside: outside(modules), parts })],
  });
}

/** The files that the gateway imports while it runs. */
function importedLater({ inputs }) {
  const imports = Object.values(inputs).flatMap((input) => input.imports);
  const later = imports.filter(({ kind, external }) => kind === "dynamic-import" && !external);
  return later.map(({ path }) => join(gateway, path));
}

function write({ text }, inputs) {
  const contents = text.replace(COMMON_JS, 'var __commonJS = globalThis[Symbol.for("loa.commonJS")];');
  const file = `gateway-${createHash("sha256").update(contents).digest("hex").slice(0, 16)}.bundle`;
  mkdirSync(bundle);
  writeFileSync(join(bundle, file), contents);
  writeFileSync(join(bundle, "bundle.json"), JSON.stringify({ file, entry, inputs }));
}

function check() {
  const environment = { ...process.env, LOA_GATEWAY_BUNDLE: bundle };
  const stdio = ["ignore", "ignore", "pipe"];
  execFileSync(process.execPath, [CHECK], { env: environment, stdio, timeout: CHECK_MS });
}

rmSync(bundle, { recursive: true, force: true });
try {
  const esbuild = createRequire(join(tools, "package.json"))("esbuild");
  const first = await bundled(esbuild, new Set([entry]));
  const parts = new Set([entry, ...importedLater(first.metafile)]);
  const { outputFiles: [output], metafile } = await bundled(esbuild, parts);
  const inputs = Object.keys(metafile.inputs).filter((name) => name !== "<stdin>");
  write(output, inputs);
  check();
  console.log(`bundled ${inputs.length} modules of the gateway, ${(output.contents.length / 1e6).toFixed(1)} MB`);
} catch (error) {
  rmSync(bundle, { recursive: true, force: true });
  console.error(`the gateway is not bundled, so a save will take longer: ${error.message}`);
}
