import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { renameSync, rmSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { dropHashes, forgetHashes, readHashes } from "../child/hashes.mjs";
import { put, scratch } from "./support.mjs";

const hashes = globalThis[Symbol.for("loa.hashes")];
const FILES = { "a.ts": "a", "d/b.ts": "b", "d/e/c.json": "c", "de/f.ts": "f" };

/** A layer whose files have been read; the names of those whose hashes are known. */
function layer(t, files = FILES) {
  const root = scratch(t, files);
  t.after(dropHashes);
  readHashes(root);
  const known = () => [...hashes.keys()].map((path) => relative(root, path)).sort();
  const forget = (...names) => forgetHashes(names.map((name) => join(root, name)));
  return { root, known, forget };
}

test("the hash of each source is that of its content", (t) => {
  const { root, known } = layer(t);
  assert.deepEqual(known(), Object.keys(FILES).sort());
  const digest = createHash("sha256").update("c").digest("hex");
  assert.equal(hashes.get(join(root, "d/e/c.json")), digest);
});

test("what is no source, or may be elsewhere, is not read", (t) => {
  const others = ["notes.md", ".a.ts.swp", ".git/x.json", "node_modules/p/index.ts"];
  const { root, known } = layer(t, Object.fromEntries(["a.ts", ...others].map((name) => [name, "x"])));
  symlinkSync("a.ts", join(root, "link.ts"));
  symlinkSync("nowhere", join(root, "gone.ts"));
  dropHashes();
  readHashes(root);
  assert.deepEqual(known(), ["a.ts"]);
});

test("a file that something happened to is not known any more, and no other", (t) => {
  const { root, known, forget } = layer(t);
  put(join(root, "d/b.ts"), "new");
  forget("d/b.ts", "d/.b.ts.swp", "never.ts");
  assert.deepEqual(known(), ["a.ts", "d/e/c.json", "de/f.ts"]);
});

test("of a directory that something happened to, nothing is", (t) => {
  const { root, known, forget } = layer(t);
  renameSync(join(root, "d"), join(root, "g"));
  forget("d");
  assert.deepEqual(known(), ["a.ts", "de/f.ts"]);
});

test("a directory that is not there has nothing to be known", (t) => {
  const { root, known } = layer(t);
  rmSync(root, { recursive: true });
  dropHashes();
  readHashes(root);
  assert.deepEqual(known(), []);
});
