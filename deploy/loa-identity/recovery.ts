// The recovery engine: before the gateway starts, the identity state is there and sound.
// `node recovery.ts` is what the start scripts call: one line says what was done.
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Environment, readEnvironment } from "./environment.ts";
import { newestSnapshot, readIdentity, writeAtomically } from "./identity.ts";

const TEMPLATE = join(import.meta.dirname, "templates/identity.json");

type Outcome = "skipped" | "intact" | "restored-from-log" | "restored-from-template" | "failed";
type Result = { outcome: Outcome; detail: string };
type Recovery = Result & { at: string; run: string };

/** Checks the identity state and restores it if it must; a sound one is never touched. */
export function recover(environment: Environment): Recovery {
  const recovery = { at: new Date().toISOString(), run: currentRun(), ...attempt(environment) };
  mkdirSync(environment.state, { recursive: true });
  writeAtomically(join(environment.state, "recovery.json"), `${JSON.stringify(recovery)}\n`);
  return recovery;
}

/** What the last recovery did, and whether that was in this run of the container. */
export function lastRecovery({ state }: Environment): (Recovery & { current: boolean }) | null {
  try {
    const recovery = JSON.parse(readFileSync(join(state, "recovery.json"), "utf8")) as Recovery;
    return { ...recovery, current: recovery.run === currentRun() };
  } catch {
    return null;
  }
}

function attempt({ devMode, identity, wal }: Environment): Result {
  if (devMode) return { outcome: "skipped", detail: "BEAUVOIR_DEV_MODE is 1" };
  try {
    readIdentity(identity);
    return { outcome: "intact", detail: identity };
  } catch (problem) {
    return restore(identity, wal, `${identity}: ${(problem as Error).message}`);
  }
}

function restore(identity: string, wal: string, problem: string): Result {
  try {
    const snapshot = newestSnapshot(wal);
    mkdirSync(dirname(identity), { recursive: true });
    // Somebody may want to see what was wrong with it.
    if (existsSync(identity)) renameSync(identity, `${identity}.damaged-${Date.now()}`);
    writeAtomically(identity, snapshot ?? readFileSync(TEMPLATE, "utf8"));
    return { outcome: `restored-from-${snapshot ? "log" : "template"}`, detail: problem };
  } catch (error) {
    return { outcome: "failed", detail: `${problem}; ${(error as Error).message}` };
  }
}

/** Names this run of the container: the machine's boot, and when process 1 started in it. */
function currentRun(): string {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const stat = readFileSync("/proc/1/stat", "utf8");
  return `${boot}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
}

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) {
  const { at, outcome, detail } = recover(readEnvironment());
  console.log(`${at} recovery: ${outcome} (${detail})`);
  process.exitCode = outcome === "failed" ? 1 : 0;
}
