// One record of the write-ahead log: length (u32), CRC-32 of what follows (u32), sequence (u64), payload.
import { crc32 } from "node:zlib";

const HEADER = 16;
const CHECKED_FROM = 8;

export interface Record {
  sequence: number;
  payload: Buffer;
}

export function encode(sequence: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(HEADER + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeBigUInt64BE(BigInt(sequence), 8);
  payload.copy(bytes, HEADER);
  bytes.writeUInt32BE(crc32(bytes.subarray(CHECKED_FROM)), 4);
  return bytes;
}

/** The record at an offset, or null where there is no whole and sound one. */
export function decode(bytes: Buffer, offset: number): { record: Record; end: number } | null {
  if (offset + HEADER > bytes.length) return null;
  const end = offset + HEADER + bytes.readUInt32BE(offset);
  if (end > bytes.length) return null;
  if (crc32(bytes.subarray(offset + CHECKED_FROM, end)) !== bytes.readUInt32BE(offset + 4)) return null;
  const sequence = Number(bytes.readBigUInt64BE(offset + 8));
  return { record: { sequence, payload: bytes.subarray(offset + HEADER, end) }, end };
}

/** All sound records from the start, and where they end. */
export function decodeAll(bytes: Buffer): { records: Record[]; end: number } {
  const records: Record[] = [];
  let end = 0;
  for (let found = decode(bytes, 0); found; found = decode(bytes, end)) {
    records.push(found.record);
    end = found.end;
  }
  return { records, end };
}

/** Whether a sound record with a later sequence follows the damage: then it is no torn tail. */
export function soundRecordAfter(bytes: Buffer, damage: number, last: number): boolean {
  for (let offset = damage + 1; offset + HEADER <= bytes.length; offset += 1) {
    const found = decode(bytes, offset);
    if (found && found.record.sequence > last) return true;
  }
  return false;
}
