// The recovery engine: before the gateway starts, the identity state is there and sound.
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Environment } from "./environment.ts";
import { parseIdentity, readIdentity, writeAtomically } from "./identity.ts";
import { replay } from "./wal.ts";

export type Outcome = "skipped" | "intact" | "restored from the log" | "restored from the template";

export interface Recovery {
  at: string;
  ran: boolean;
  outcome: Outcome;
  detail: string;
}

const RESULT = "recovery.json";
const TEMPLATE = join(import.meta.dirname, "templates", "identity.json");

/** Checks the identity state and restores it if it must; a sound one is never touched. */
export function recover(environment: Environment, now: () => Date = () => new Date()): Recovery {
  const found = environment.devMode ? skipped() : checkAndRestore(environment);
  const result = { at: now().toISOString(), ...found };
  mkdirSync(environment.state, { recursive: true });
  writeAtomically(join(environment.state, RESULT), `${JSON.stringify(result)}\n`);
  return result;
}

/** What the last recovery did, for those who ask later. */
export function lastRecovery(environment: Environment): Recovery | null {
  try {
    return JSON.parse(readFileSync(join(environment.state, RESULT), "utf8")) as Recovery;
  } catch {
    return null;
  }
}

type Found = Omit<Recovery, "at">;

function skipped(): Found {
  return { ran: false, outcome: "skipped", detail: "BEAUVOIR_DEV_MODE is 1" };
}

function checkAndRestore(environment: Environment): Found {
  const problem = problemWith(environment.identity);
  if (problem === null) return { ran: true, outcome: "intact", detail: environment.identity };
  keepAside(environment.identity);
  const snapshot = newestSnapshot(environment.wal);
  mkdirSync(dirname(environment.identity), { recursive: true });
  writeAtomically(environment.identity, snapshot ?? readFileSync(TEMPLATE, "utf8"));
  const outcome = snapshot === null ? "restored from the template" : "restored from the log";
  return { ran: true, outcome, detail: problem };
}

function problemWith(path: string): string | null {
  try {
    readIdentity(path);
    return null;
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

// Somebody may want to see what was wrong with it.
function keepAside(path: string): void {
  if (existsSync(path)) renameSync(path, `${path}.damaged-${Date.now()}`);
}

function newestSnapshot(directory: string): string | null {
  const snapshots = replay(directory).map((record) => snapshotIn(record.payload));
  return snapshots.findLast((text) => text !== null) ?? null;
}

function snapshotIn(payload: Buffer): string | null {
  try {
    const event = JSON.parse(payload.toString("utf8")) as { kind?: unknown; text?: unknown };
    if (event.kind !== "snapshot" || typeof event.text !== "string") return null;
    parseIdentity(event.text);
    return event.text;
  } catch {
    return null;
  }
}
