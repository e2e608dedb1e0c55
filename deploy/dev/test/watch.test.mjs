import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import fs, { appendFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename, join } from "node:path";
import { test } from "node:test";
import { Watch } from "../watch.mjs";
import { put, scratch, until } from "./support.mjs";

/** A directory with these files that is watched, and what was told of it, by name. */
function watched(t, files = { "a.ts": "a" }) {
  const root = scratch(t, files);
  const [told, looked, troubles] = [[], [], []];
  const take = (paths, how) => (how.looked ? looked : told).push(...paths.map((it) => it.slice(root.length + 1)));
  const watch = new Watch([root], take, (message) => troubles.push(message));
  t.after(() => watch.stop());
  const at = (name) => join(root, name);
  const until_ = (...names) => until(() => names.every((it) => told.includes(it)), `${names} of ${told}`, 5);
  const found = watch.start().map((path) => path.slice(root.length + 1)).sort();
  return { root, watch, at, found, told, looked, troubles, toldOf: until_ };
}

/** Replaces a function of Node's own for all who import it; timers are to be replaced later. */
function replace(t, name, body) {
  t.mock.method(fs, name, body);
  syncBuiltinESMExports();
  t.after(() => (t.mock.reset(), syncBuiltinESMExports()));
}

/** Timers that a test lets run, and looks that take no time, so that none is parted. */
function timers(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(performance, "now", () => 0);
}

/** Stands for what tells of events: a test raises them itself, so that it can say what no event told. */
function events(t, refused = null) {
  const opened = new Map();
  replace(t, "watch", (directory, listener) => {
    if (basename(directory) === refused) throw Object.assign(new Error("ENOSPC: no"), { code: "ENOSPC" });
    const one = Object.assign(new EventEmitter(), { listener, close: () => opened.delete(directory) });
    opened.set(directory, one);
    return one;
  });
  timers(t);
  return opened;
}

test("all files there are are found, but for packages and git's", (t) => {
  const names = ["a.ts", "x/b.ts", "x/y/c.md", "node_modules/p/i.js", "x/.git/HEAD"];
  const { found, watch } = watched(t, Object.fromEntries(names.map((it) => [it, ""])));
  assert.deepEqual(found, ["a.ts", "x/b.ts", "x/y/c.md"]);
  assert.equal(watch.directories, 3);
});

test("an edit is told, and a second one too", async (t) => {
  const { at, told, toldOf } = watched(t);
  writeFileSync(at("a.ts"), "b");
  await toldOf("a.ts");
  told.length = 0;
  appendFileSync(at("a.ts"), "c");
  await toldOf("a.ts");
});

test("of an edit nothing is told but the file that it was in", async (t) => {
  const { at, told, toldOf } = watched(t, { "a.ts": "", "b.ts": "", "c/d.ts": "" });
  writeFileSync(at("a.ts"), "edit");
  await toldOf("a.ts");
  assert.deepEqual([...new Set(told)], ["a.ts"]);
});

test("a file that replaces another is told, and edits of the new one are", async (t) => {
  const { at, told, toldOf } = watched(t);
  writeFileSync(at(".draft"), "b");
  renameSync(at(".draft"), at("a.ts"));
  await toldOf("a.ts");
  told.length = 0;
  appendFileSync(at("a.ts"), "c");
  await toldOf("a.ts");
});

test("a new file is told", async (t) => {
  const { at, toldOf } = watched(t);
  writeFileSync(at("new.ts"), "");
  await toldOf("new.ts");
});

test("a file in a new directory is told, made at once or later, however deep", async (t) => {
  const { at, toldOf } = watched(t);
  put(at("one/two/at-once.ts"), "");
  await toldOf("one/two/at-once.ts");
  put(at("one/two/later.ts"), "");
  await toldOf("one/two/later.ts");
});

test("a directory that is moved in is told with all that is in it", async (t) => {
  const outside = scratch(t, { "d/x.ts": "", "d/e/y.ts": "" });
  const { at, toldOf } = watched(t);
  renameSync(join(outside, "d"), at("d"));
  await toldOf("d/x.ts", "d/e/y.ts");
  writeFileSync(at("d/e/y.ts"), "later");
  await toldOf("d/e/y.ts");
});

test("a file that is renamed is told by both names", async (t) => {
  const { at, toldOf } = watched(t);
  renameSync(at("a.ts"), at("b.ts"));
  await toldOf("a.ts", "b.ts");
});

test("a directory that is renamed is told by its old name, and with its files by the new", async (t) => {
  const { at, told, toldOf, watch } = watched(t, { "d/e/a.ts": "" });
  renameSync(at("d"), at("f"));
  await toldOf("d", "f/e/a.ts");
  await until(() => watch.directories === 3, "no more watches than directories");
  told.length = 0;
  writeFileSync(at("f/e/a.ts"), "later");
  await toldOf("f/e/a.ts");
  assert.ok(!told.some((name) => name.startsWith("d/")), `${told}`);
});

test("a delete is told, of a file or of a directory", async (t) => {
  const { at, toldOf, watch } = watched(t, { "a.ts": "", "d/e/b.ts": "" });
  rmSync(at("a.ts"));
  rmSync(at("d"), { recursive: true });
  await toldOf("a.ts", "d");
  await until(() => watch.directories === 1, "no more watches than directories");
});

test("a directory that is replaced by one of the same name is watched on", async (t) => {
  const { at, told, toldOf } = watched(t, { "d/a.ts": "", "d/e/a.ts": "" });
  for (let round = 0; round < 20; round += 1) {
    // Often with the same inode, too.
    rmSync(at("d"), { recursive: true });
    put(at("d/e/b.ts"), `${round}`);
    await toldOf("d/e/b.ts");
    told.length = 0;
    writeFileSync(at("d/e/b.ts"), "later");
    await toldOf("d/e/b.ts");
    told.length = 0;
  }
});

test("a directory that is swapped for another by renames is watched on", async (t) => {
  const { at, told, toldOf } = watched(t, { "d/e/a.ts": "", "other/e/a.ts": "" });
  renameSync(at("d"), at("old"));
  renameSync(at("other"), at("d"));
  await toldOf("old/e/a.ts", "d/e/a.ts");
  told.length = 0;
  writeFileSync(at("d/e/a.ts"), "new");
  writeFileSync(at("old/e/b.ts"), "new");
  await toldOf("d/e/a.ts", "old/e/b.ts");
});

test("a file in a directory of the same name is told", async (t) => {
  const { at, toldOf, watch } = watched(t, { "d/d/d": "" });
  writeFileSync(at("d/d/d"), "edit");
  await toldOf("d/d/d");
  rmSync(at("d/d/d"));
  put(at("d/x.ts"), "");
  await toldOf("d/x.ts");
  assert.equal(watch.directories, 3);
});

test("of fifty files at once, none is missed", async (t) => {
  const names = Array.from({ length: 50 }, (_, index) => `d${index % 7}/f${index}.ts`);
  const { at, toldOf } = watched(t);
  for (const name of names) put(at(name), "");
  await toldOf(...names);
});

test("odd names are told as they are", async (t) => {
  const names = ["a b.ts", "'q' \"r\".ts", "new\nline.ts", "[x]{y}*.ts", "ünï.ts", "-f.ts", "日本.ts", "\\.ts"];
  const { at, toldOf } = watched(t);
  for (const name of names) put(at(name), "");
  await toldOf(...names);
});

test("links that lead nowhere, or to themselves, harm nothing", async (t) => {
  const { at, root, toldOf } = watched(t);
  symlinkSync("loop", at("loop"));
  symlinkSync("/nowhere", at("gone.ts"));
  symlinkSync(root, at("up"));
  writeFileSync(at("a.ts"), "b");
  await toldOf("loop", "gone.ts", "a.ts");
});

test("what raises no event is found by looking, within 2 s", (t) => {
  const outside = scratch(t, { "target.ts": "a" });
  timers(t);
  const root = scratch(t);
  symlinkSync(join(outside, "target.ts"), join(root, "link.ts"));
  const told = [];
  const watch = new Watch([root], (paths, how) => told.push({ paths, how }), assert.fail);
  t.after(() => watch.stop());
  watch.start();
  writeFileSync(join(outside, "target.ts"), "longer");
  t.mock.timers.tick(1_999);
  assert.deepEqual(told, []);
  t.mock.timers.tick(1);
  assert.deepEqual(told, [{ paths: [join(root, "link.ts")], how: { looked: true } }]);
  t.mock.timers.tick(10_000);
  assert.equal(told.length, 1);
});

test("what an event has told of is not found once more by looking", (t) => {
  const opened = events(t);
  const { at, root, told, looked } = watched(t);
  writeFileSync(at("a.ts"), "longer");
  opened.get(root).listener("change", "a.ts");
  t.mock.timers.tick(2_000);
  rmSync(at("a.ts"));
  opened.get(root).listener("rename", "a.ts");
  t.mock.timers.tick(2_000);
  assert.deepEqual([told, looked], [["a.ts", "a.ts"], []]);
});

test("what is gone is found once by looking, and a link that leads nowhere never", (t) => {
  events(t);
  const { at, looked, watch } = watched(t);
  symlinkSync("/nowhere", at("gone.ts"));
  watch.stop();
  watch.start();
  t.mock.timers.tick(2_000);
  assert.deepEqual(looked, []);
  rmSync(at("a.ts"));
  for (let looks = 0; looks < 3; looks += 1) t.mock.timers.tick(2_000);
  assert.deepEqual(looked, ["a.ts"]);
});

test("a watch that fails is closed, and opened again by the next look", (t) => {
  const opened = events(t);
  const { root, told, watch } = watched(t);
  opened.get(root).emit("error", new Error("no"));
  assert.deepEqual([opened.size, watch.directories], [0, 0]);
  t.mock.timers.tick(2_000);
  assert.equal(watch.directories, 1);
  opened.get(root).listener("change", "a.ts");
  assert.deepEqual(told, ["a.ts"]);
});

for (const [often, first, [paused, again], words] of [[false, 2_000, [6_000, 3_000], "a fiftieth"], [true, 500, [1_200, 600], "a tenth"]]) {
  test(`looks that take long have ${words} of the time at most`, (t) => {
    const outside = scratch(t, { "target.ts": "a" });
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { at, looked, watch } = watched(t, {});
    symlinkSync(join(outside, "target.ts"), at("link.ts"));
    watch.poll(often);
    let now = 0;
    t.mock.method(performance, "now", () => (now += 60));
    t.mock.timers.tick(first);
    assert.equal(looked.length, 1);
    writeFileSync(join(outside, "target.ts"), "longer");
    // 120 ms went by with the file, and 60 to find that there was no more.
    for (const pause of [paused, again - 1]) t.mock.timers.tick(pause);
    assert.equal(looked.length, 1);
    t.mock.timers.tick(1);
    assert.equal(looked.length, 2);
  });
}

test("many files are looked at a few at a time, with pauses", (t) => {
  const outside = scratch(t, { "target.ts": "a" });
  const names = Array.from({ length: 20 }, (_, index) => `d${index % 2}/f${index}.ts`);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { at, looked } = watched(t, Object.fromEntries(names.map((it) => [it, ""])));
  symlinkSync(join(outside, "target.ts"), at("d0/link.ts"));
  symlinkSync(join(outside, "target.ts"), at("d1/link.ts"));
  rmSync(at("d0/f0.ts"));
  let now = 0;
  t.mock.method(performance, "now", () => (now += 1));
  t.mock.timers.tick(2_000);
  assert.ok(!looked.includes("d0/f0.ts"), "whether a file is gone is known in the end");
  for (let slice = 0; slice < 10; slice += 1) t.mock.timers.tick(600);
  assert.deepEqual(looked.sort(), ["d0/f0.ts", "d0/link.ts", "d1/link.ts"]);
});

test("where no event may come, it is looked twice a second", (t) => {
  const outside = scratch(t, { "target.ts": "a" });
  timers(t);
  const { at, looked, watch } = watched(t);
  symlinkSync(join(outside, "target.ts"), at("link.ts"));
  watch.poll(true);
  t.mock.timers.tick(500);
  assert.deepEqual(looked, ["link.ts"]);
  writeFileSync(join(outside, "target.ts"), "longer");
  t.mock.timers.tick(500);
  assert.deepEqual(looked, ["link.ts", "link.ts"]);
  watch.poll(false);
  writeFileSync(join(outside, "target.ts"), "longer still");
  t.mock.timers.tick(500);
  assert.equal(looked.length, 2);
});

test("a mount of another machine's files is looked at often from the first", (t) => {
  const root = scratch(t);
  const read = fs.readFileSync;
  const line = (at, type) => `36 35 98:0 / ${at} rw,noatime shared:1 - ${type} /dev/x rw\n`;
  for (const [type, often] of [["ext4", false], ["fuse.bindfs", true], ["virtiofs", true], ["9p", true]]) {
    const mounts = line("/", "overlay") + line(root, type) + line("/elsewhere", "nfs4");
    replace(t, "readFileSync", (path, ...rest) => (path === "/proc/self/mountinfo" ? mounts : read(path, ...rest)));
    const watch = new Watch([root], () => {}, assert.fail);
    watch.start();
    watch.stop();
    assert.equal(watch.polls, often, type);
  }
});

const SHORT = ["ENOSPC", "EMFILE", "ENFILE", "ENOMEM"].map((code) => [code, true]);
for (const [code, often] of [...SHORT, ["EACCES", false], ["ENOENT", false]]) {
  test(`where a directory cannot be watched, ${code}: ${often ? "said once, and looked often" : "let be"}`, (t) => {
    const { watch: original } = fs;
    replace(t, "watch", (path, ...rest) => {
      if (path.endsWith("/d")) throw Object.assign(new Error(`${code}: no, watch '${path}'`), { code });
      return original(path, ...rest);
    });
    timers(t);
    const { at, looked, troubles, watch } = watched(t, { "a.ts": "", "d/b.ts": "" });
    assert.equal(watch.polls, often);
    assert.equal(watch.directories, 1);
    writeFileSync(at("d/b.ts"), "edit");
    watch.poll(false);
    t.mock.timers.tick(often ? 500 : 2_000);
    assert.deepEqual(looked, ["d/b.ts"]);
    t.mock.timers.tick(10_000);
    const said = `${code}: no, watch '${at("d")}'; looking at all files twice a second instead`;
    assert.deepEqual(troubles, often ? [said] : []);
  });
}

test("where a directory that comes later cannot be watched, it is looked often from then on", (t) => {
  const opened = events(t, "d");
  const { at, root, looked, troubles, watch } = watched(t);
  assert.equal(watch.polls, false);
  put(at("d/b.ts"), "");
  opened.get(root).listener("rename", "d");
  assert.deepEqual([watch.polls, troubles.length], [true, 1]);
  t.mock.timers.tick(2_000);
  writeFileSync(at("d/b.ts"), "edit");
  t.mock.timers.tick(500);
  assert.deepEqual(looked, ["d/b.ts"]);
});

test("many files need no more than one watch for each directory", async (t) => {
  const names = Array.from({ length: 1_000 }, (_, index) => `d${index % 10}/f${index}.ts`);
  const { at, found, toldOf, watch } = watched(t, Object.fromEntries(names.map((it) => [it, ""])));
  assert.equal(found.length, 1_000);
  assert.equal(watch.directories, 11);
  writeFileSync(at("d9/f999.ts"), "edit");
  await toldOf("d9/f999.ts");
});
