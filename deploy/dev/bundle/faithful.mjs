// A plugin for esbuild that has each module find itself and its neighbours where it lies, although
// it is run from the bundle. One thing is otherwise: schemas are compiled when they are first used.
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { packageOf } from "./packages.mjs";

const ASKS_WHERE = /\bimport\.meta\b|\b__(dir|file)name\b/;
/** Where the gateway compiles a schema of what it is sent, as it does for each kind of message. */
const COMPILES = /^(export const \w+ =) (ajv\.compile\(\w+\));$/gm;
const RESOLVING = Symbol("resolving");

/**
 * @param {object} how
 * @param {Set<string>} how.outside packages that are left where they are
 * @param {Set<string>} how.parts files that are imported while the gateway runs; each says so once
 *   it is there, see load.mjs
 */
export function faithful({ outside, parts }) {
  const setup = (build) => {
    build.onResolve({ filter: /^[^./]/ }, (wanted) => resolve(build, outside, wanted));
    build.onLoad({ filter: /\.[cm]?js$/ }, ({ path }) => load(build.esbuild, parts, path));
  };
  return { name: "faithful", setup };
}

/** What is not installed stays outside too: to find that out is the importer's business. */
async function resolve(build, outside, { path, kind, importer, resolveDir, pluginData }) {
  if (pluginData === RESOLVING || kind === "entry-point" || isBuiltin(path)) return undefined;
  const isOutside = outside.has(packageOf(path));
  // In a file of CommonJS an import of what stays outside is a `require`.
  const by = isOutside && kind === "import-statement" ? "require-call" : kind;
  const found = await build.resolve(path, { kind: by, importer, resolveDir, pluginData: RESOLVING });
  if (found.errors.length > 0) return { path, external: true };
  // By its place, since the importer may have another version of it than the gateway.
  return isOutside ? { path: found.path, external: true } : found;
}

async function load(esbuild, parts, path) {
  const isPart = parts.has(path);
  let text = await readFile(path, "utf8");
  if (!isPart && !ASKS_WHERE.test(text) && text.search(COMPILES) < 0) return undefined;
  text = withOwnRequires(text).replace(COMPILES, '$1 globalThis[Symbol.for("loa.later")](() => $2);');
  if (isPart) text += `\n;globalThis[Symbol.for("loa.parts")].add(${JSON.stringify(path)});\n`;
  const { code } = await esbuild.transform(text, { define: places(path), sourcefile: path });
  return { contents: code };
}

/** What an ES module requires by a `require` that it made itself comes into the bundle too. */
function withOwnRequires(text) {
  for (const [, name] of text.matchAll(/\bconst (\w+) = createRequire\(import\.meta\.url\)/g)) {
    const call = new RegExp(`\\b${name}\\((["']\\.{1,2}/[^"']+\\.[cm]?js["'])\\)`, "g");
    text = text.replace(call, "require($1)");
  }
  return text;
}

function places(path) {
  const [file, directory] = [path, dirname(path)].map((it) => JSON.stringify(it));
  return {
    __dirname: directory,
    __filename: file,
    "import.meta.dirname": directory,
    "import.meta.filename": file,
    "import.meta.url": JSON.stringify(pathToFileURL(path).href),
  };
}
