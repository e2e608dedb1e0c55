// The write-ahead log: what it has acknowledged is on the disk, whatever happens next.
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { acquire, HeldError, type Lock } from "./lock.ts";
import { decodeAll, encode, soundRecordAfter, type Record } from "./record.ts";

const SEGMENT = /^(\d{16})\.wal$/;
const SEGMENT_BYTES = 1 << 20;
const LOOK_AGAIN_MS = 25;

/** A record in the middle is damaged: what follows it is sound, and must not be cut away. */
export class CorruptError extends Error {}

export interface Options {
  /** A segment that has grown beyond this is closed and a new one begun. */
  segmentBytes?: number;
  /** How long to wait for another writer to let go. */
  patienceMs?: number;
}

interface Pending {
  payload: Buffer;
  resolve(sequence: number): void;
  reject(error: unknown): void;
}

/** The records on the disk, oldest first; a torn tail is left out, and nothing is written. */
export function replay(directory: string): Record[] {
  const names = segments(directory);
  return names.flatMap((name, index) => readSegment(directory, name, index === names.length - 1).records);
}

export class Wal {
  private queue: Pending[] = [];
  private writing: Promise<void> | null = null;
  private refusal: unknown = null;
  private released = false;
  private readonly directory: string;
  private readonly lock: Lock;
  private readonly segmentBytes: number;
  private file: FileHandle;
  private size: number;
  private sequence: number;

  private constructor(directory: string, lock: Lock, last: OpenSegment, segmentBytes: number) {
    this.directory = directory;
    this.lock = lock;
    this.segmentBytes = segmentBytes;
    this.file = last.file;
    this.size = last.size;
    this.sequence = last.sequence;
  }

  /** Opens for writing, after cutting a torn tail; a living writer elsewhere is a HeldError. */
  static async open(directory: string, options: Options = {}): Promise<Wal> {
    mkdirSync(directory, { recursive: true });
    const lock = await acquireInTime(directory, options.patienceMs ?? 0);
    try {
      const last = await openLast(directory);
      return new Wal(directory, lock, last, options.segmentBytes ?? SEGMENT_BYTES);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get lastSequence(): number {
    return this.sequence;
  }

  /** Resolves with the record's sequence once it is on the disk. */
  append(payload: Buffer): Promise<number> {
    if (this.refusal) return Promise.reject(this.refusal);
    return new Promise((resolve, reject) => {
      this.queue.push({ payload, resolve, reject });
      this.writing ??= this.drain().finally(() => (this.writing = null));
    });
  }

  /** Drops the segments in which no record is newer than the given one. */
  async forgetUpTo(sequence: number): Promise<void> {
    const names = segments(this.directory);
    for (const [index, name] of names.entries()) {
      const next = names[index + 1];
      if (next !== undefined && firstOf(next) <= sequence + 1) await unlink(join(this.directory, name));
    }
  }

  /** Waits for what was appended, then lets the next writer in. */
  async close(): Promise<void> {
    if (this.released) return;
    this.released = true;
    this.refusal ??= new Error("the log is closed");
    await this.writing;
    await this.file.close();
    await this.lock.release();
  }

  // Whatever came in while the disk was busy goes to it together: one sync for all of it.
  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0);
      try {
        const first = this.sequence + 1;
        await this.write(Buffer.concat(batch.map((it, index) => encode(first + index, it.payload))));
        this.sequence += batch.length;
        for (const [index, it] of batch.entries()) it.resolve(first + index);
      } catch (error) {
        // What reached the disk is unknown now: the next open finds out.
        this.refusal = error;
        for (const it of [...batch, ...this.queue.splice(0)]) it.reject(error);
      }
    }
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.size > this.segmentBytes) await this.rotate();
    await this.file.appendFile(bytes);
    await this.file.datasync();
    this.size += bytes.length;
  }

  private async rotate(): Promise<void> {
    const next = await createSegment(this.directory, this.sequence + 1);
    await this.file.close();
    this.file = next;
    this.size = 0;
  }
}

interface OpenSegment {
  file: FileHandle;
  size: number;
  sequence: number;
}

async function acquireInTime(directory: string, patienceMs: number): Promise<Lock> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await acquire(directory);
    } catch (error) {
      if (!(error instanceof HeldError) || performance.now() >= deadline) throw error;
    }
    await delay(LOOK_AGAIN_MS);
  }
}

async function openLast(directory: string): Promise<OpenSegment> {
  const name = segments(directory).at(-1);
  if (name === undefined) return { file: await createSegment(directory, 1), size: 0, sequence: 0 };
  const { records, end } = readSegment(directory, name, true);
  truncateSync(join(directory, name), end);
  const file = await open(join(directory, name), "a");
  await file.sync();
  return { file, size: end, sequence: records.at(-1)?.sequence ?? firstOf(name) - 1 };
}

function readSegment(directory: string, name: string, isLast: boolean): { records: Record[]; end: number } {
  const bytes = readFileSync(join(directory, name));
  const { records, end } = decodeAll(bytes);
  const last = records.at(-1)?.sequence ?? firstOf(name) - 1;
  if (end < bytes.length && (!isLast || soundRecordAfter(bytes, end, last))) {
    throw new CorruptError(`${join(directory, name)}: damaged at byte ${end}, with sound records after it`);
  }
  return { records, end };
}

async function createSegment(directory: string, first: number): Promise<FileHandle> {
  const file = await open(join(directory, `${String(first).padStart(16, "0")}.wal`), "ax");
  // The name itself must survive a crash too.
  const folder = await open(directory, "r");
  await folder.sync();
  await folder.close();
  return file;
}

function segments(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => SEGMENT.test(name)).sort() : [];
}

function firstOf(name: string): number {
  return Number(SEGMENT.exec(name)?.[1]);
}
