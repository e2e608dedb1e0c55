// The layer at work: while the gateway runs it, the log is open and the tasks are scheduled.
import { readdirSync } from "node:fs";
import type { Environment } from "./environment.ts";
import type { Service } from "./gateway.ts";
import { readIdentity } from "./identity.ts";
import { lastRecovery, type Recovery } from "./recovery.ts";
import { type Figures, Scheduler } from "./scheduler.ts";
import { Wal } from "./wal.ts";

const HEARTBEAT_MS = 10_000;
const SNAPSHOT_MS = 2_000;
// While one gateway follows another, the old one closes the log first.
const PATIENCE_MS = 10_000;

type LogState = "closed" | "waiting" | "open" | "failed";

export interface Health {
  ok: boolean;
  pid: number;
  uptimeSeconds: number;
  devMode: boolean;
  log: { state: LogState; sequence: number | null; error: string | null };
  scheduler: Record<string, Figures>;
  recovery: Recovery | null;
  skills: string[];
}

export class Layer implements Service {
  readonly id = "loa-identity";
  private readonly environment: Environment;
  private readonly scheduler: Scheduler;
  private wal: Wal | null = null;
  private logState: LogState = "closed";
  private logError: string | null = null;
  private lastSnapshot: string | null = null;

  constructor(environment: Environment) {
    this.environment = environment;
    this.scheduler = new Scheduler([
      { name: "heartbeat", everyMs: HEARTBEAT_MS, run: () => this.heartbeat() },
      { name: "snapshot", everyMs: SNAPSHOT_MS, run: () => this.snapshot() },
    ]);
  }

  async start(): Promise<void> {
    this.logState = "waiting";
    try {
      this.wal = await Wal.open(this.environment.wal, { patienceMs: PATIENCE_MS });
      this.logState = "open";
    } catch (error) {
      this.logState = "failed";
      this.logError = error instanceof Error ? error.message : String(error);
      return; // health says so; the gateway itself goes on
    }
    this.scheduler.start();
  }

  async stop(): Promise<void> {
    await this.scheduler.stop();
    await this.wal?.close();
    this.wal = null;
    this.logState = "closed";
  }

  health(): Health {
    return {
      ok: this.logState !== "failed",
      pid: process.pid,
      uptimeSeconds: Math.round(process.uptime()),
      devMode: this.environment.devMode,
      log: {
        state: this.logState,
        sequence: this.wal?.lastSequence ?? null,
        error: this.logError,
      },
      scheduler: this.scheduler.figures(),
      recovery: lastRecovery(this.environment),
      skills: skillsIn(this.environment.skills),
    };
  }

  private async heartbeat(): Promise<void> {
    await this.record({ kind: "heartbeat" });
  }

  /** Writes the identity state to the log when it is sound and not the one written last. */
  private async snapshot(): Promise<void> {
    const { text } = readIdentity(this.environment.identity);
    if (text === this.lastSnapshot) return;
    const sequence = await this.record({ kind: "snapshot", text });
    this.lastSnapshot = text;
    // Recovery needs the newest snapshot and nothing before it.
    await this.wal?.forgetUpTo(sequence - 1);
  }

  private async record(event: { kind: string; text?: string }): Promise<number> {
    if (!this.wal) throw new Error("the log is not open");
    return this.wal.append(Buffer.from(JSON.stringify({ at: new Date().toISOString(), ...event })));
  }
}

function skillsIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
