// The state that outlives the container, in R2: one object, the identity state as the running
// container has it. The container's disk is new at every start; what was changed in it meanwhile
// comes back from here. The Worker does not look into the backup: the container makes and reads it
// (deploy/health/backup.mjs, deploy/loa-identity/recovery.ts).

const KEY = "identity.json";
/** It becomes a variable of the container, and Linux takes 128 KiB for one. */
const MOST_BYTES = 96 * 1024;

export interface Backup {
  sha256: string;
  at: string;
  bytes: number;
}

/** Writes what differs from the newest backup; returns what is there then. */
export async function save(bucket: R2Bucket, text: string): Promise<Backup> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MOST_BYTES) throw new Error(`a backup of ${bytes.length} bytes is too large`);
  const sha256 = hex(await crypto.subtle.digest("SHA-256", bytes));
  const before = await bucket.head(KEY);
  if (before?.customMetadata?.["sha256"] === sha256) return describe(before);
  const httpMetadata = { contentType: "application/json" };
  return describe(await bucket.put(KEY, bytes, { customMetadata: { sha256 }, httpMetadata }));
}

/** The newest backup, or null. */
export async function load(bucket: R2Bucket): Promise<string | null> {
  return (await (await bucket.get(KEY))?.text()) ?? null;
}

function describe({ customMetadata, uploaded, size }: R2Object): Backup {
  return { sha256: customMetadata?.["sha256"] ?? "", at: uploaded.toISOString(), bytes: size };
}

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((it) => it.toString(16).padStart(2, "0")).join("");
}
