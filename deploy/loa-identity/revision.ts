// Which sources are loaded: their hash, made as the layer is loaded.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

// What the gateway never loads does not count.
const SKIPPED = new Set(["node_modules", "test"]);

export function sourcesIn(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : sourcesIn(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

/** SHA-256 over the names and contents of the layer's sources, in hex. */
export function revisionOf(directory: string): { revision: string; sources: number } {
  const paths = sourcesIn(directory).sort();
  const hash = createHash("sha256");
  for (const path of paths) {
    const content = createHash("sha256").update(readFileSync(path)).digest("hex");
    hash.update(`${relative(directory, path).split(sep).join("/")}\0${content}\n`);
  }
  return { revision: hash.digest("hex"), sources: paths.length };
}
