// What stays outside the bundle, and is loaded from where it lies.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** These look for files beside themselves, load native code, or are meant to be loaded by path. */
const OUTSIDE = [
  "@lydell/node-pty",
  "@mariozechner/clipboard",
  "@mariozechner/jiti",
  "@napi-rs/canvas",
  "@silvia-odwyer/photon-node",
  "jiti",
  "node-llama-cpp",
  "pdfjs-dist",
  "pino", // starts workers from its own files
  "playwright-core",
  "protobufjs", // finds what it needs by `eval("require")`
  "sharp",
  "sqlite-vec",
];

/** @returns {Set<string>} their names, and those of everything below them: nothing may be there twice */
export function outside(modules) {
  const names = new Set();
  const add = (name) => {
    if (names.has(name)) return;
    names.add(name);
    below(modules, name).forEach(add);
  };
  OUTSIDE.forEach(add);
  return names;
}

function below(modules, name) {
  try {
    const text = readFileSync(join(modules, name, "package.json"), "utf8");
    const { dependencies, optionalDependencies } = JSON.parse(text);
    return Object.keys({ ...dependencies, ...optionalDependencies });
  } catch (error) {
    if (error.code === "ENOENT") return []; // an optional one that is not installed
    throw error;
  }
}

/** The package's name at the head of what is imported; null where that is a file. */
export function packageOf(specifier) {
  return /^(@[^/]+\/)?[^./@][^/]*/.exec(specifier)?.[0] ?? null;
}
