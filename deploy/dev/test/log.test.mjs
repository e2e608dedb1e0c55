import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { eachLine, say, stamp } from "../log.mjs";
import { quiet, settle } from "./support.mjs";

const NOON = new Date("2026-01-15T12:00:00.007Z");

for (const [zone, expected] of [
  ["UTC", "2026-01-15T12:00:00.007+00:00"],
  ["Europe/Berlin", "2026-01-15T13:00:00.007+01:00"],
  ["Asia/Kolkata", "2026-01-15T17:30:00.007+05:30"],
  ["Asia/Kathmandu", "2026-01-15T17:45:00.007+05:45"],
  ["America/St_Johns", "2026-01-15T08:30:00.007-03:30"],
  ["Pacific/Marquesas", "2026-01-15T02:30:00.007-09:30"],
  ["America/Los_Angeles", "2026-01-15T04:00:00.007-08:00"],
  ["Pacific/Kiritimati", "2026-01-16T02:00:00.007+14:00"],
]) {
  test(`the time has its zone: ${zone}`, (t) => {
    const before = process.env.TZ;
    t.after(() => (before === undefined ? delete process.env.TZ : (process.env.TZ = before)));
    process.env.TZ = zone;
    assert.equal(stamp(NOON), expected);
    assert.equal(Date.parse(stamp(NOON)), NOON.getTime());
  });
}

test("a line stays a line, whatever a file is called", (t) => {
  const lines = quiet(t);
  say("reload generation=2 cause=a\nb\u001b[31m.ts");
  const [printed] = lines;
  assert.match(printed, /^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d reload generation=2 cause=a_b_\[31m.ts\n$/);
});

test("lines are whole however they come, the last one too", async () => {
  const [stream, lines] = [new PassThrough(), []];
  eachLine(stream, (line) => lines.push(line));
  const bytes = Buffer.from("one\ntwo\r\nthree\né\n\nlast");
  for (const byte of bytes) stream.write(Buffer.of(byte));
  stream.end();
  await settle();
  assert.deepEqual(lines, ["one", "two\r", "three", "é", "", "last"]);
});
