import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { CorruptError, pathOf, replay } from "../segments.ts";
import { Wal } from "../wal.ts";
import { fileHandlePrototype, logOf, openIn, scratch } from "./support.ts";

const payloadsIn = (directory: string) => [...replay(directory)].map((it) => String(it.payload));
const segmentsIn = (directory: string) => readdirSync(directory).filter((it) => /wal$/.test(it));
const HEADER = 16;

test("what was appended is replayed in order, by this process and the next", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory);
  assert.equal(await wal.append(Buffer.from("one")), 1);
  assert.equal(await wal.append(Buffer.alloc(0)), 2);
  assert.equal(await wal.append(Buffer.from("drei, ünïcode")), 3);
  assert.deepEqual(payloadsIn(directory), ["one", "", "drei, ünïcode"]);
  await wal.close();
  await logOf(directory, ["four"]);
  assert.deepEqual(payloadsIn(directory), ["one", "", "drei, ünïcode", "four"]);
});

test("a directory without a log replays nothing", (t) => {
  assert.deepEqual(payloadsIn(join(scratch(t), "missing")), []);
});

test("appends from many callers keep their order and share syncs", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory);
  const syncs = t.mock.method(await fileHandlePrototype(), "datasync");
  const payloads = Array.from({ length: 500 }, (_, index) => `record ${index}`);
  const sequences = await Promise.all(payloads.map((it) => wal.append(Buffer.from(it))));
  await wal.close();
  assert.deepEqual(sequences, payloads.map((_, index) => index + 1));
  assert.deepEqual(payloadsIn(directory), payloads);
  assert.ok(syncs.mock.callCount() < 10, `${syncs.mock.callCount()} syncs for 500 records`);
});

test("an append is acknowledged only after the disk has it", async (t) => {
  const wal = await Wal.open(scratch(t));
  const disk = Promise.withResolvers<void>();
  const sync = t.mock.method(await fileHandlePrototype(), "datasync", () => disk.promise);
  let acknowledged = false;
  const append = wal.append(Buffer.from("x")).then(() => (acknowledged = true));
  while (sync.mock.callCount() === 0) await new Promise(setImmediate);
  assert.equal(acknowledged, false);
  assert.equal(wal.figures().lastSequence, 0);
  disk.resolve();
  await append;
  assert.equal(wal.figures().lastSequence, 1);
  await wal.close();
});

test("after a failed sync nothing is acknowledged, and the next open goes on", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory);
  await wal.append(Buffer.from("kept"));
  const failure = new Error("EIO: the disk is gone");
  const handle = await fileHandlePrototype();
  const sync = t.mock.method(handle, "datasync", () => Promise.reject(failure));
  const appends = ["a", "b"].map((it) => wal.append(Buffer.from(it)));
  const lost = await Promise.allSettled(appends);
  sync.mock.restore();
  assert.deepEqual(lost.map((it) => it.status), ["rejected", "rejected"]);
  await assert.rejects(wal.append(Buffer.from("c")), failure);
  assert.equal(wal.refusal, failure);
  await wal.close();
  await logOf(directory, ["later"]);
  assert.deepEqual([payloadsIn(directory)[0], payloadsIn(directory).at(-1)], ["kept", "later"]);
});

test("a segment that cannot be made refuses the append", async (t) => {
  const directory = join(scratch(t), "wal");
  const wal = await Wal.open(directory, { segmentBytes: 1 });
  await wal.append(Buffer.from("one"));
  rmSync(directory, { recursive: true });
  await assert.rejects(wal.append(Buffer.from("two")), /ENOENT/);
  await wal.close();
});

test("closing waits for what is under way and refuses what comes after", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory);
  const append = wal.append(Buffer.from("x"));
  await wal.close();
  assert.equal(await append, 1);
  await assert.rejects(wal.append(Buffer.from("y")), { message: "the log is closed" });
  await wal.close();
});

test("segments rotate by size and replay as one log", async (t) => {
  const directory = scratch(t);
  const payloads = Array.from({ length: 50 }, (_, index) => `record ${index}`);
  await logOf(directory, payloads, 200);
  const segments = segmentsIn(directory).length;
  assert.ok(segments > 4 && segments < 9, `${segments} segments of 1274 bytes`);
  assert.deepEqual(payloadsIn(directory), payloads);
});

test("a segment is followed by another once it has its size, and not before", async (t) => {
  const sizes = { of: HEADER + "data".length, segment: 0 };
  sizes.segment = sizes.of + 1;
  const directory = scratch(t);
  await logOf(directory, Array<string>(6).fill("data"), sizes.segment);
  assert.deepEqual(segmentsIn(directory).map((it) => Number.parseInt(it, 10)), [1, 3, 5]);
});

test("a segment is one of a mebibyte", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory);
  await wal.append(Buffer.alloc((1 << 20) - HEADER - 1));
  await wal.append(Buffer.from("in the same"));
  assert.equal(segmentsIn(directory).length, 1);
  await wal.append(Buffer.from("in the next"));
  assert.equal(segmentsIn(directory).length, 2);
  await wal.close();
});

test("however many segments there are, one is open, and none after the end", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory, { segmentBytes: 1 });
  for (let index = 1; index <= 5; index += 1) await wal.append(Buffer.from("x"));
  assert.deepEqual(openIn(directory), [basename(pathOf(directory, 5)), "lock"]);
  await wal.close();
  assert.deepEqual(openIn(directory), []);
});

test("a new segment's name is on the disk before its records are acknowledged", async (t) => {
  const synced = t.mock.method(await fileHandlePrototype(), "sync");
  const wal = await Wal.open(scratch(t), { segmentBytes: 1 });
  const before = synced.mock.callCount();
  await wal.append(Buffer.from("one"));
  await wal.append(Buffer.from("two"));
  assert.equal(synced.mock.callCount() - before, 2, "the new file and the directory");
  await wal.close();
});

test("segments before a checkpoint are dropped, and no record from it on", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory, { segmentBytes: 100 });
  for (let index = 1; index <= 40; index += 1) await wal.append(Buffer.from(`record ${index}`));
  await wal.dropBefore(33);
  const kept = [...replay(directory)].map((it) => it.sequence);
  assert.ok(kept[0]! > 25 && kept[0]! <= 33, `begins at ${kept[0]}`);
  assert.equal(kept.at(-1), 40);
  assert.equal(wal.figures().records, kept.length);
  await wal.close();
  await logOf(directory, ["41"]);
  assert.equal([...replay(directory)].at(-1)?.sequence, 41);
});

test("a checkpoint before all that is left drops nothing", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory, { segmentBytes: 1 });
  for (let index = 1; index <= 9; index += 1) await wal.append(Buffer.from("x"));
  await wal.dropBefore(5);
  await wal.dropBefore(2);
  assert.deepEqual([...replay(directory)].map((it) => it.sequence), [5, 6, 7, 8, 9]);
  await wal.close();
});

test("of a log whose files are gone no records are counted", async (t) => {
  const directory = scratch(t);
  const wal = await Wal.open(directory);
  await wal.append(Buffer.from("x"));
  rmSync(pathOf(directory, 1));
  assert.deepEqual(wal.figures(), { segments: 0, records: 0, lastSequence: 1 });
  await wal.close();
});

test("a tail torn at any byte is cut at the last good record, and no earlier", async (t) => {
  const whole = scratch(t);
  await logOf(whole, ["first", "second", "the last one"]);
  const bytes = readFileSync(pathOf(whole, 1));
  const end = bytes.length - HEADER - "the last one".length;
  for (let length = end; length < bytes.length; length += 1) {
    const directory = scratch(t);
    writeFileSync(pathOf(directory, 1), bytes.subarray(0, length));
    assert.deepEqual(payloadsIn(directory), ["first", "second"], `torn at ${length}`);
    await logOf(directory, ["next"]);
    assert.deepEqual(payloadsIn(directory), ["first", "second", "next"], `torn at ${length}`);
  }
});

test("a last record with any byte damaged is cut, and no other", async (t) => {
  const whole = scratch(t);
  await logOf(whole, ["first", "second", "the last one"]);
  const bytes = readFileSync(pathOf(whole, 1));
  for (let at = bytes.length - HEADER - "the last one".length; at < bytes.length; at += 1) {
    const directory = scratch(t);
    writeFileSync(pathOf(directory, 1), flipped(bytes, at));
    await logOf(directory, ["next"]);
    assert.deepEqual(payloadsIn(directory), ["first", "second", "next"], `damaged at ${at}`);
  }
});

test("a tail of zeros, as some file systems leave it after a power cut, is cut", async (t) => {
  const directory = scratch(t);
  await logOf(directory, ["first"]);
  writeFileSync(pathOf(directory, 1), Buffer.alloc(4096), { flag: "a" });
  await logOf(directory, ["next"]);
  assert.deepEqual(payloadsIn(directory), ["first", "next"]);
});

test("damage to any byte of a middle record is an error, and nothing is cut", async (t) => {
  const whole = scratch(t);
  await logOf(whole, ["first", "second", "third"]);
  const bytes = readFileSync(pathOf(whole, 1));
  const second = HEADER + "first".length;
  for (let at = second; at < second + HEADER + "second".length; at += 1) {
    const directory = scratch(t);
    const damaged = flipped(bytes, at);
    writeFileSync(pathOf(directory, 1), damaged);
    assert.throws(() => payloadsIn(directory), CorruptError, `damaged at ${at}`);
    await assert.rejects(Wal.open(directory), CorruptError, `damaged at ${at}`);
    assert.deepEqual(readFileSync(pathOf(directory, 1)), damaged, `damaged at ${at}`);
  }
});

test("a tail torn in an older segment is an error, not an end of the log", async (t) => {
  const directory = scratch(t);
  await logOf(directory, ["first", "second", "third"], 1);
  const older = pathOf(directory, 2);
  writeFileSync(older, readFileSync(older).subarray(0, -1));
  await assert.rejects(Wal.open(directory), { message: /record 2 is missing or damaged/ });
});

test("a missing segment is an error", async (t) => {
  const directory = scratch(t);
  await logOf(directory, ["first", "second", "third"], 1);
  rmSync(pathOf(directory, 2));
  await assert.rejects(Wal.open(directory), CorruptError);
});

test("a segment that stands in for another is an error", async (t) => {
  const directory = scratch(t);
  await logOf(directory, ["first", "second", "third"], 1);
  copyFileSync(pathOf(directory, 1), pathOf(directory, 3));
  await assert.rejects(Wal.open(directory), CorruptError);
});

test("a corrupt log does not stay locked", async (t) => {
  const directory = scratch(t);
  await logOf(directory, ["first", "second", "third"], 1);
  rmSync(pathOf(directory, 2));
  await assert.rejects(Wal.open(directory), CorruptError);
  rmSync(pathOf(directory, 3));
  await logOf(directory, ["second again"]);
  assert.deepEqual(payloadsIn(directory), ["first", "second again"]);
});

test("files that are not the log's are left alone", async (t) => {
  const directory = scratch(t);
  mkdirSync(join(directory, "backup"));
  writeFileSync(join(directory, "notes.wal"), "mine");
  await logOf(directory, ["first"]);
  assert.equal(readFileSync(join(directory, "notes.wal"), "utf8"), "mine");
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 0x40;
  return copy;
}
