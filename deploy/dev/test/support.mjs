// What several tests need.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import promises, { setTimeout as delay } from "node:timers/promises";

/** A directory that is gone after the test, with these files in it. */
export function scratch(t, files = {}) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "loa-reloader-")));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) put(join(directory, name), text);
  return directory;
}

/** Writes a file, and makes its directory. */
export function put(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Looks every few milliseconds until it holds, and returns that. */
export async function until(holds, what, seconds = 10) {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const held = await holds();
    if (held) return held;
    assert.ok(performance.now() < deadline, `not within ${seconds} s: ${what}`);
    await delay(5);
  }
}

/** Lets whatever is settled by now go on. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Keeps the log's lines from being printed, and returns them. */
export function quiet(t) {
  const lines = [];
  const { write } = process.stdout;
  t.mock.method(process.stdout, "write", (text, ...rest) => {
    const own = typeof text === "string" && /^\d{4}-\d\d-\d\dT/.test(text);
    return own ? lines.push(text) > 0 : write.call(process.stdout, text, ...rest);
  });
  return lines;
}

/** Lets so much time pass for each that does; returns how many ms have passed so since then. */
export function hurry(t, times) {
  const { now } = performance;
  const began = now.call(performance);
  const passed = () => (now.call(performance) - began) * times;
  const { setTimeout: wait } = promises;
  const { timeout } = AbortSignal;
  t.mock.method(promises, "setTimeout", (ms, ...rest) => wait(ms / times, ...rest));
  t.mock.method(AbortSignal, "timeout", (ms) => timeout.call(AbortSignal, Math.ceil(ms / times)));
  t.mock.method(performance, "now", () => began + passed());
  syncBuiltinESMExports();
  t.after(() => (t.mock.reset(), syncBuiltinESMExports()));
  return passed;
}
