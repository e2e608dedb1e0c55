// The write-ahead log: what it has acknowledged is on the disk, whatever happens next.
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { acquire, HeldError, type Lock } from "./lock.ts";
import { encode } from "./record.ts";
import { firstsIn, openSegment, pathOf, readSegments } from "./segments.ts";

const LOOK_AGAIN_MS = 25;

export interface Options {
  /** A segment of at least this size is followed by a new one. */
  segmentBytes?: number;
  /** How long to wait for another writer to let go, and what ends the waiting before. */
  patienceMs?: number;
  signal?: AbortSignal;
}

export class Wal {
  /** Why nothing can be appended any more. */
  refusal: Error | null = null;
  private readonly log: Awaited<ReturnType<typeof openLog>>;
  private assigned: number;
  private batch: Buffer[] = [];
  private tail = Promise.resolve();

  /** Opens for writing, a torn tail cut away; throws a HeldError while another writer lives. */
  static async open(directory: string, options: Options = {}): Promise<Wal> {
    mkdirSync(directory, { recursive: true });
    const lock = await acquireInTime(directory, options);
    try {
      return new Wal(await openLog(directory, lock, options));
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(log: Wal["log"]) {
    this.log = log;
    this.assigned = log.lastSequence;
  }

  figures() {
    const { directory, lastSequence } = this.log;
    const firsts = firstsIn(directory);
    const next = lastSequence + 1;
    return { segments: firsts.length, records: next - (firsts[0] ?? next), lastSequence };
  }

  /** Resolves with the record's sequence once it is on the disk, by one sync for all that wait. */
  append(payload: Buffer): Promise<number> {
    if (this.refusal) return Promise.reject(this.refusal);
    const sequence = ++this.assigned;
    this.batch.push(encode(sequence, payload));
    if (this.batch.length === 1) this.tail = this.tail.then(() => this.flush());
    return this.tail.then(() => sequence);
  }

  /** Drops the segments that hold only records before this one. */
  async dropBefore(sequence: number): Promise<void> {
    const firsts = firstsIn(this.log.directory);
    const kept = firsts.findLast((first) => first <= sequence) ?? 1;
    const dropped = firsts.filter((first) => first < kept);
    for (const first of dropped) await rm(pathOf(this.log.directory, first));
  }

  /** Waits for what was appended, then lets the next writer in. */
  async close(): Promise<void> {
    this.refusal ??= new Error("the log is closed");
    await this.tail.catch(() => {});
    await this.log.file.close();
    this.log.lock.release();
  }

  private async flush(): Promise<void> {
    const batch = this.batch.splice(0);
    try {
      if (this.log.size >= this.log.segmentBytes) await this.rotate();
      const bytes = Buffer.concat(batch);
      await this.log.file.appendFile(bytes);
      await this.log.file.datasync();
      this.log.size += bytes.length;
      this.log.lastSequence += batch.length;
    } catch (error) {
      this.refusal = error as Error; // what reached the disk only the next open can tell
      throw error;
    }
  }

  private async rotate(): Promise<void> {
    await this.log.file.close();
    this.log.file = await openSegment(this.log.directory, this.log.lastSequence + 1, 0);
    this.log.size = 0;
  }
}

async function acquireInTime(directory: string, options: Options): Promise<Lock> {
  const deadline = performance.now() + (options.patienceMs ?? 0);
  for (;;) {
    try {
      return acquire(directory);
    } catch (error) {
      if (!(error instanceof HeldError) || performance.now() >= deadline) throw error;
    }
    await delay(LOOK_AGAIN_MS, undefined, options);
  }
}

async function openLog(directory: string, lock: Lock, { segmentBytes = 1 << 20 }: Options) {
  const last = [...readSegments(directory)].at(-1);
  const { first, records, end: size } = last ?? { first: 1, records: [], end: 0 };
  const file = await openSegment(directory, first, size);
  return { directory, lock, segmentBytes, file, size, lastSequence: first + records.length - 1 };
}
