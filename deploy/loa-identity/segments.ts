// The files of the log: segments, each named after the sequence of its first record.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { decode, decodeAll, type LogRecord } from "./record.ts";

/** Sound records follow one that is damaged or missing: to cut there would lose them. */
export class CorruptError extends Error {}

/** The records on the disk, oldest first. Writes nothing: a torn tail is passed over. */
export function* replay(directory: string): Generator<LogRecord> {
  for (const { records } of readSegments(directory)) yield* records;
}

export function* readSegments(directory: string) {
  let expected: number | null = null;
  for (const first of firstsIn(directory)) {
    if (first !== (expected ?? first)) {
      throw new CorruptError(`${directory}: record ${expected} is missing or damaged`);
    }
    const { records, end } = readSegment(pathOf(directory, first), first);
    yield { first, records, end };
    expected = first + records.length;
  }
}

function readSegment(path: string, first: number) {
  const bytes = readFileSync(path);
  const { records, end } = decodeAll(bytes, first);
  for (let offset = end; offset < bytes.length; offset += 1) {
    if (decode(bytes, offset)) throw new CorruptError(`${path}: damaged at byte ${end}, not torn`);
  }
  return { records, end };
}

/** Each segment's first sequence, oldest first. */
export function firstsIn(directory: string): number[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => /^\d{16}\.wal$/.test(name));
  return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
}

export function pathOf(directory: string, first: number): string {
  return join(directory, `${String(first).padStart(16, "0")}.wal`);
}

/** Opens a segment for appending: it is made if need be, and what is behind its end cut away. */
export async function openSegment(dir: string, first: number, end: number): Promise<FileHandle> {
  const file = await open(pathOf(dir, first), "a");
  await file.truncate(end);
  await file.sync();
  const parent = await open(dir, "r"); // the name must survive a crash too
  await parent.sync();
  await parent.close();
  return file;
}
