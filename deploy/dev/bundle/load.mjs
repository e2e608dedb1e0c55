// The gateway's modules in one file, which build.mjs made: thousands of modules take seconds of a
// processor's time to find, read and link, one file a fraction of it, and less still with the code
// that an earlier process had compiled of it.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script, constants } from "node:vm";

const { LOA_GATEWAY_BUNDLE: directory, NODE_COMPILE_CACHE: cache } = process.env;
const SCHEME = "bundle:";
/** The gateway's directory. */
const home = directory && join(directory, "../..");
const { cache: cached } = createRequire(import.meta.url);
const KEPT = /^gateway-.*\.compiled$/;

/** What is outside is imported as by any module there. */
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
// Node warns, once, that this may change; now, before the gateway prints warnings that are not asked for.
await new Script('import("node:vm")', { importModuleDynamically }).runInThisContext();

globalThis[Symbol.for("loa.later")] = later;
globalThis[Symbol.for("loa.commonJS")] = commonJS;

/**
 * A function that is made when it is first called or looked at. Of the gateway's 70 schemas few are
 * ever used in a gateway that serves for a while, and to compile all took a third of its modules' time.
 */
function later(make) {
  let made = null;
  const it = () => (made ??= make());
  return new Proxy(() => {}, { apply: (_, self, args) => it().apply(self, args), get: (_, name) => it()[name] });
}

/**
 * A module of CommonJS, by what esbuild made of it. Whoever requires it by its place gets the same
 * one, as from the unbundled gateway: the plugin SDK's modules do, for a layer that imports that.
 */
function commonJS(code) {
  let module = null;
  return function __require() {
    module ??= required(code, (it) => (module = it));
    return module.exports;
  };
}

function required(code, begin) {
  const [name] = Object.keys(code);
  const path = `${home}/${name}`;
  if (cached[path]?.loaded) return cached[path];
  const module = (cached[path] = { id: path, filename: path, loaded: false, exports: {}, children: [], paths: [] });
  begin(module); // it may be required again while it runs
  try {
    code[name].call(undefined, module.exports, module);
    module.loaded = true;
    return module;
  } catch (error) {
    delete cached[path];
    begin(null);
    throw error;
  }
}

/** What of it has been loaded, in that order; each part adds itself. */
const seen = (globalThis[Symbol.for("loa.parts")] = new Set());
let loaded = null;

/** The parts that this process has loaded, but not the entry, which starts the gateway. */
export function loadedParts() {
  return partsIn(seen);
}

/** All parts but the entry. */
export function parts() {
  return partsIn(Object.keys(bundle().parts));
}

const partsIn = (paths) => [...paths].filter((path) => path !== loaded?.entry).map((path) => SCHEME + path);

export const isPart = (url) => url.startsWith(SCHEME);

/** The files that are in the bundle that this process runs, if it does. */
export function bundledFiles() {
  return new Set(loaded?.inputs.map((name) => `${home}/${name}`));
}

export async function importPart(url) {
  await bundle().parts[url.slice(SCHEME.length)]();
}

/** Starts the gateway. */
export async function start() {
  const { entry, parts } = bundle();
  await parts[entry]();
}

function bundle() {
  return (loaded ??= load());
}

function load() {
  const { file, entry, inputs } = JSON.parse(readFileSync(join(directory, "bundle.json"), "utf8"));
  process.argv[1] = entry; // to itself it seems to have been started from its own file
  const compiled = cache && join(cache, `${file}-${process.version}-${process.arch}.compiled`);
  const filename = join(directory, file);
  const script = new Script(readFileSync(filename, "latin1"), {
    filename,
    cachedData: kept(compiled),
    importModuleDynamically,
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(entry), module);
  return { script, compiled, entry, inputs, parts: module.exports.parts };
}

function kept(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Keeps what has been compiled so far for the processes after this one, unless it was kept before. */
export function keepCompiled() {
  const { script, compiled } = loaded ?? {};
  if (!compiled || script.cachedDataRejected === false) return;
  try {
    write(compiled, script.createCachedData());
  } catch {
    // Without it the next one takes a little longer.
  }
}

function write(path, data) {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache).filter((it) => KEPT.test(it))) rmSync(join(cache, name), { force: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, data);
  renameSync(unfinished, path);
}
