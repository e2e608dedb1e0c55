// The identity state: one JSON file under grimoires/, which people edit and the layer keeps safe;
// and its snapshots, the records of the log that recovery restores from.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { replay } from "./segments.ts";

export function readIdentity(path: string): string {
  return checkIdentity(readFileSync(path, "utf8"));
}

/** Gives back the text of a sound identity state; throws for any other. */
export function checkIdentity(text: string): string {
  const { schema, name, purpose, values } = JSON.parse(text) as Record<string, unknown>;
  if (schema !== 1) throw new Error("schema must be 1");
  if (typeof name !== "string" || name === "") throw new Error("name must be a text");
  if (typeof purpose !== "string" || purpose === "") throw new Error("purpose must be a text");
  const texts = Array.isArray(values) && values.every((it) => typeof it === "string");
  if (!texts) throw new Error("values must be a list of texts");
  return text;
}

/** The text of the newest sound snapshot in the log. */
export function newestSnapshot(directory: string): string | null {
  let newest: string | null = null;
  for (const { payload } of replay(directory)) newest = snapshotIn(payload) ?? newest;
  return newest;
}

function snapshotIn(payload: Buffer): string | null {
  try {
    const event = JSON.parse(payload.toString()) as { kind?: unknown; text?: unknown };
    return event.kind === "snapshot" ? checkIdentity(String(event.text)) : null;
  } catch {
    return null;
  }
}

/** Readers see the old file or the new one, never a part; after a crash too. */
export function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, text, { flush: true });
  renameSync(draft, path);
}
