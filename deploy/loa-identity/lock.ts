// One writer at a time. Node has no file locks, but SQLite has: a transaction that keeps its file
// to itself. The kernel ends it however the holder ends, and sees holders in other containers; a
// process id would be reused, and each container counts its own.
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;

export class HeldError extends Error {}

export type Lock = { release(): void };

/** Takes the lock, or throws a HeldError that says who has it. */
export function acquire(directory: string): Lock {
  const lock = new DatabaseSync(join(directory, "lock"));
  const holder = join(directory, "holder");
  try {
    lock.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
    writeFileSync(holder, `process ${process.pid} on ${hostname()}`);
    return { release: () => void (lock.isOpen && lock.close()) };
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new HeldError(`${directory} is being written by ${readFileSync(holder, { flag: "a+" })}`);
  }
}
