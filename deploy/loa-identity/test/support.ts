// What several tests need.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { readEnvironment, type Environment } from "../environment.ts";
import { Wal } from "../wal.ts";

export const SOUND = `${JSON.stringify({ schema: 1, name: "N", purpose: "P", values: ["v"] })}\n`;

/** A directory that is gone after the test. */
export function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "loa-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An environment of the test's own, its identity state as given. */
export function workspace(t: TestContext, identity: string | null = SOUND): Environment {
  const root = scratch(t);
  const environment = readEnvironment({
    LOA_WORKSPACE: root,
    LOA_WAL_DIR: join(root, "wal"),
    LOA_STATE_DIR: join(root, "state"),
  });
  mkdirSync(join(root, "grimoires/loa"), { recursive: true });
  if (identity !== null) writeFileSync(environment.identity, identity);
  return environment;
}

/** Polls until the condition holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `not within 5 s: ${what}`);
    await delay(5);
  }
}

/** A log with these payloads in it, closed. */
export async function logOf(directory: string, payloads: string[], segmentBytes = 1 << 20) {
  const wal = await Wal.open(directory, { segmentBytes });
  for (const payload of payloads) await wal.append(Buffer.from(payload));
  await wal.close();
}

export const snapshotOf = (text: string) => JSON.stringify({ kind: "snapshot", text });

/** Runs one of the TypeScript files beside this one; what it prints is gathered. */
export function run(script: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    env: { ...process.env, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const output: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
  const closed = once(child, "close");
  return { child, closed, printed: () => output.join("") };
}

/** The files below a directory that this process has open, by their names in it. */
export function openIn(directory: string): string[] {
  const links = readdirSync("/proc/self/fd").map((it) => `/proc/self/fd/${it}`).filter(existsSync);
  const names = links.map((it) => relative(directory, readlinkSync(it)));
  return names.filter((it) => !it.startsWith("..")).sort();
}

/** Where the methods of open files are: Node exports the class by no name. */
export async function fileHandlePrototype() {
  const handle = await open(import.meta.filename);
  await handle.close();
  return Object.getPrototypeOf(handle) as typeof handle;
}
