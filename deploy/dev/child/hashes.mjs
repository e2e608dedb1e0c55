// What the layer's files contained while the gateway was warmed: with thousands of files, a save is
// not to wait until all are read. The layer asks for them, see revision.ts there.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SOURCE = /\.(ts|json)$/;
const SKIPPED = /^(\..*|node_modules)$/;

/** The SHA-256 of files, in hexadecimal digits, by their paths. */
const hashes = (globalThis[Symbol.for("loa.hashes")] = new Map());
const directories = new Set();

/** Reads all sources in a directory and below. */
export function readHashes(directory) {
  directories.add(directory);
  for (const entry of entriesOf(directory)) {
    const path = join(directory, entry.name);
    if (SKIPPED.test(entry.name)) continue;
    if (entry.isDirectory()) readHashes(path);
    else if (entry.isFile() && SOURCE.test(entry.name)) readHash(path);
  }
}

function readHash(path) {
  try {
    hashes.set(path, createHash("sha256").update(readFileSync(path)).digest("hex"));
  } catch {
    // It is gone, or not ours to read: the layer's business.
  }
}

function entriesOf(directory) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Something happened to these files and directories since they were read. */
export function forgetHashes(paths) {
  for (const path of paths) {
    hashes.delete(path);
    if (!directories.has(path)) continue;
    for (const known of [...hashes.keys()]) if (known.startsWith(`${path}/`)) hashes.delete(known);
  }
}

/** The layer is loaded; should it ever be loaded again here, it has to read its files itself. */
export function dropHashes() {
  hashes.clear();
}
