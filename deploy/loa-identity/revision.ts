// Which sources are loaded, as one hash. `index.ts` imports this before anything else: a file that
// is saved while the layer loads can make the code newer than its revision, but never older.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const READ = Symbol.for("loa.hashes"); // beforehand, in development: see deploy/dev/child/hashes.mjs
const NOT_LOADED = /^(\..*|node_modules|test|package.*\.json|tsconfig\.json)$/;

/** SHA-256 over a line `name NUL sha256 LF` for each source, sorted by name. */
export function revisionOf(directory: string): { revision: string; sources: number } {
  const lines = sourcesIn(directory, "").sort().map((name) => `${name}\0${hashOf(`${directory}/${name}`)}\n`);
  return { revision: sha256(lines.join("")), sources: lines.length };
}

function sourcesIn(root: string, prefix: string): string[] {
  return readdirSync(`${root}/${prefix}`, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_LOADED.test(entry.name)) return [];
    if (entry.isDirectory()) return sourcesIn(root, `${prefix}${entry.name}/`);
    return /\.(ts|json)$/.test(entry.name) ? [prefix + entry.name] : [];
  });
}

const hashOf = (path: string): string => Reflect.get(globalThis, READ)?.get(path) ?? sha256(readFileSync(path));
const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");

export const loaded = revisionOf(import.meta.dirname);
