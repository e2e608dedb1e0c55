// One record: length of the payload (u32), CRC-32 of what follows (u32), sequence (u64), payload.
import { crc32 } from "node:zlib";

const HEADER = 16;

export type LogRecord = { sequence: number; payload: Buffer };

export function encode(sequence: number, payload: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEADER), payload]);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeBigUInt64BE(BigInt(sequence), 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

/** The sound record at an offset; null if there is none. */
export function decode(bytes: Buffer, offset: number): LogRecord | null {
  if (offset + HEADER > bytes.length) return null;
  const end = offset + HEADER + bytes.readUInt32BE(offset);
  if (end > bytes.length) return null;
  if (crc32(bytes.subarray(offset + 8, end)) !== bytes.readUInt32BE(offset + 4)) return null;
  const sequence = Number(bytes.readBigUInt64BE(offset + 8));
  return { sequence, payload: bytes.subarray(offset + HEADER, end) };
}

/** The sound records from the start, numbered without a gap, and where they end. */
export function decodeAll(bytes: Buffer, first: number): { records: LogRecord[]; end: number } {
  const records: LogRecord[] = [];
  let end = 0;
  for (;;) {
    const record = decode(bytes, end);
    if (record?.sequence !== first + records.length) return { records, end };
    records.push(record);
    end += HEADER + record.payload.length;
  }
}
