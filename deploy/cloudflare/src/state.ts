// The state that outlives the container, in R2: the identity state as the running container has it.
// The container's disk is new at every start; what was changed in it meanwhile comes back from here.
// The container makes and reads the backup (deploy/health/backup.mjs, deploy/loa-identity/recovery.ts);
// the Worker looks no further than with which state the image came.

const KEY = "identity.json";
/** The newest of an image that came with another state: its release may be gone back to. */
const BEFORE = "identity-before.json";
/** It becomes a variable of the container, and Linux takes 128 KiB for one. */
const MOST_BYTES = 96 * 1024;
const JSON_TYPE = { httpMetadata: { contentType: "application/json" } };

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
  if (before) await setAside(bucket, shippedOf(text));
  const options = { ...JSON_TYPE, customMetadata: { sha256 } };
  return describe(await bucket.put(KEY, bytes, options));
}

/** The newest backup, or null. */
export async function load(bucket: R2Bucket, key = KEY): Promise<string | null> {
  return (await (await bucket.get(key))?.text()) ?? null;
}

/** What a container is started with, as its variables. */
export async function backups(bucket: R2Bucket): Promise<Record<string, string>> {
  const [newest, before] = await Promise.all([load(bucket), load(bucket, BEFORE)]);
  const older = before === null ? {} : { LOA_IDENTITY_BACKUP_BEFORE: before };
  return { LOA_IDENTITY_BACKUP: newest ?? "none", ...older };
}

/** Keeps what is there too, unless the image that it is of came with the same state. */
async function setAside(bucket: R2Bucket, shipped: unknown): Promise<void> {
  const there = await load(bucket);
  if (there !== null && shippedOf(there) !== shipped) await bucket.put(BEFORE, there, JSON_TYPE);
}

function shippedOf(text: string): unknown {
  return (JSON.parse(text) as { shipped?: unknown } | null)?.shipped;
}

function describe({ customMetadata, uploaded, size }: R2Object): Backup {
  return { sha256: customMetadata?.["sha256"] ?? "", at: uploaded.toISOString(), bytes: size };
}

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((it) => it.toString(16).padStart(2, "0")).join("");
}
