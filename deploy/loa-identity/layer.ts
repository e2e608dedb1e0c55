// The layer at work: while the gateway runs it, the log is open and the tasks are scheduled.
import { existsSync, readdirSync } from "node:fs";
import type { Environment } from "./environment.ts";
import { newestSnapshot, readIdentity } from "./identity.ts";
import { lastRecovery } from "./recovery.ts";
import { Scheduler } from "./scheduler.ts";
import { Wal } from "./wal.ts";

// While one gateway follows another, the old one closes the log first.
const PATIENCE_MS = 10_000;

export class Layer {
  readonly id = "loa-identity";
  private readonly environment: Environment;
  private readonly report: (message: string) => void;
  private readonly scheduler = new Scheduler([
    { name: "heartbeat", everyMs: 10_000, run: () => this.append("heartbeat") },
    { name: "snapshot", everyMs: 2_000, run: () => this.takeSnapshot() },
  ]);
  private wal: Wal | null = null;
  private error: Error | null = null;
  private snapshot: string | null = null;
  private stopping = new AbortController();
  private opening = Promise.resolve();

  constructor(environment: Environment, report: (message: string) => void) {
    this.environment = environment;
    this.report = report;
  }

  /** Returns at once: the gateway cannot stop in good order before all services have started. */
  start(): void {
    this.stopping = new AbortController();
    this.opening = this.open(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.opening;
    await this.scheduler.stop();
    const wal = this.wal;
    this.wal = null;
    await wal?.close();
  }

  health() {
    const { devMode, skills } = this.environment;
    const error = this.error ?? this.wal?.refusal ?? null;
    const state = error ? "failed" : this.wal ? "open" : "waiting";
    return {
      status: state === "open" ? "ok" : state,
      pid: process.pid,
      uptimeSeconds: Math.round(process.uptime()),
      devMode,
      wal: { state, ...this.wal?.figures(), error: error?.message ?? null },
      scheduler: this.scheduler.figures(),
      recovery: lastRecovery(this.environment),
      skills: existsSync(skills) ? readdirSync(skills).sort() : [],
    };
  }

  private async open(signal: AbortSignal): Promise<void> {
    try {
      this.wal = await Wal.open(this.environment.wal, { patienceMs: PATIENCE_MS, signal });
      this.error = null;
      this.snapshot = newestSnapshot(this.environment.wal);
      this.scheduler.start();
    } catch (error) {
      if (signal.aborted) return;
      this.error = error as Error;
      this.report(`the log could not be opened: ${this.error.message}`);
    }
  }

  /** Writes the identity state to the log if it has changed, or if older segments could go then. */
  private async takeSnapshot(): Promise<void> {
    const text = readIdentity(this.environment.identity);
    if (text === this.snapshot && this.wal?.figures().segments === 1) return;
    const sequence = await this.append("snapshot", text);
    this.snapshot = text;
    await this.wal?.dropBefore(sequence);
  }

  private append(kind: string, text?: string): Promise<number> {
    if (!this.wal) throw new Error("the log is not open");
    const event = { at: new Date().toISOString(), pid: process.pid, kind, text };
    return this.wal.append(Buffer.from(JSON.stringify(event)));
  }
}
