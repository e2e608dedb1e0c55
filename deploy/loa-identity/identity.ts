// The identity state: one JSON file under grimoires/, which people edit and the layer keeps safe.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";

export interface Identity {
  schema: 1;
  name: string;
  purpose: string;
  values: string[];
}

export function parseIdentity(text: string): Identity {
  const value = JSON.parse(text) as Partial<Identity> | null;
  if (value?.schema !== 1) throw new Error("schema must be 1");
  if (typeof value.name !== "string" || value.name === "") throw new Error("name is missing");
  if (typeof value.purpose !== "string") throw new Error("purpose is missing");
  const words = Array.isArray(value.values) && value.values.every((it) => typeof it === "string");
  if (!words) throw new Error("values must be a list of strings");
  return value as Identity;
}

export function readIdentity(path: string): { identity: Identity; text: string } {
  const text = readFileSync(path, "utf8");
  return { identity: parseIdentity(text), text };
}

/** Readers see the old file or the new one, never a part; after a crash too. */
export function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  const file = openSync(draft, "w");
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
}
