import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
import { loaded, revisionOf } from "../revision.ts";
import { scratch } from "./support.ts";

const LAYER = join(import.meta.dirname, "..");

test("the loaded revision is that of the sources beside it", () => {
  assert.deepEqual(loaded, revisionOf(LAYER));
  assert.match(loaded.revision, /^[0-9a-f]{64}$/);
});

test("the same sources elsewhere have the same revision", (t) => {
  assert.deepEqual(revisionOf(copy(t)), loaded);
});

const changes: Record<string, (layer: string) => void> = {
  "an edit": (layer) => write(layer, "scheduler.ts", `${read(layer, "scheduler.ts")}\n`),
  "a new file": (layer) => write(layer, "new.ts", ""),
  "a new file in a new directory": (layer) => write(layer, "tasks/new.ts", ""),
  "a deleted file": (layer) => rmSync(join(layer, "scheduler.ts")),
  "a renamed file": (layer) => renameSync(join(layer, "lock.ts"), join(layer, "lock2.ts")),
  "the manifest": (layer) => write(layer, "clawdbot.plugin.json", "{}"),
  "the template": (layer) => write(layer, "templates/identity.json", "{}"),
};

for (const [name, change] of Object.entries(changes)) {
  test(`${name} is another revision`, (t) => {
    const layer = copy(t);
    change(layer);
    assert.notEqual(revisionOf(layer).revision, loaded.revision);
  });
}

const notLoaded = [
  "test/wal.test.ts",
  "node_modules/x/index.ts",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  ".scheduler.ts.swp",
  ".#scheduler.ts",
  "scheduler.ts~",
  "README.md",
];

for (const name of notLoaded) {
  test(`${name} does not count`, (t) => {
    const layer = copy(t);
    write(layer, name, "changed");
    assert.deepEqual(revisionOf(layer), loaded);
  });
}

test("contents that move between two files are another revision", (t) => {
  const layer = scratch(t);
  write(layer, "a.ts", "one");
  write(layer, "b.ts", "two");
  const before = revisionOf(layer).revision;
  write(layer, "a.ts", "two");
  write(layer, "b.ts", "one");
  assert.notEqual(revisionOf(layer).revision, before);
});

test("what the gateway has read beforehand is not read again", (t) => {
  const layer = copy(t);
  const name = "scheduler.ts";
  const before = revisionOf(layer);
  const hashes = Symbol.for("loa.hashes");
  t.after(() => delete (globalThis as { [hashes]?: unknown })[hashes]);
  const hash = createHash("sha256").update(read(layer, name)).digest("hex");
  (globalThis as { [hashes]?: unknown })[hashes] = new Map([[join(layer, name), hash]]);
  write(layer, name, "changed");
  assert.deepEqual(revisionOf(layer), before);
  rmSync(join(layer, name));
  assert.equal(revisionOf(layer).sources, before.sources - 1);
});

function copy(t: TestContext): string {
  const layer = join(scratch(t), "layer");
  cpSync(LAYER, layer, { recursive: true, filter: (it) => basename(it) !== "node_modules" });
  return layer;
}

function read(layer: string, name: string): string {
  return readFileSync(join(layer, name), "utf8");
}

function write(layer: string, name: string, text: string): void {
  mkdirSync(join(layer, name, ".."), { recursive: true });
  writeFileSync(join(layer, name), text);
}
