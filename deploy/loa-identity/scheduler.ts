// Periodic tasks. A task never overlaps itself, and one that fails ends nothing but its own run.

/** Each wait is longer or shorter by up to this share, so that tasks do not march in step. */
export const JITTER = 0.1;

export type Task = { name: string; everyMs: number; run(): unknown };

export class Scheduler {
  private readonly jobs: Job[];

  constructor(tasks: Task[]) {
    this.jobs = tasks.map((task) => new Job(task));
  }

  start(): void {
    for (const job of this.jobs) job.plan();
  }

  /** Starts no further run, and waits for those under way. */
  async stop(): Promise<void> {
    await Promise.all(this.jobs.map((job) => job.stop()));
  }

  figures() {
    const tasks = Object.fromEntries(this.jobs.map((job) => [job.task.name, job.figures()]));
    return { jitter: JITTER, tasks };
  }
}

class Job {
  readonly task: Task;
  private readonly counts = { runs: 0, failures: 0, skipped: 0 };
  private last: { lastMs: number; lastError: string | null } | null = null;
  private running: Promise<void> | null = null;
  private next: { timer: NodeJS.Timeout; dueAt: number } | null = null;

  constructor(task: Task) {
    this.task = task;
  }

  plan(): void {
    clearTimeout(this.next?.timer);
    const wait = this.task.everyMs * (1 + JITTER * (2 * Math.random() - 1));
    this.next = { timer: setTimeout(() => this.due(), wait), dueAt: Date.now() + wait };
  }

  async stop(): Promise<void> {
    clearTimeout(this.next?.timer);
    this.next = null;
    await this.running;
  }

  figures() {
    const nextInMs = this.next && Math.round(this.next.dueAt - Date.now());
    return { everyMs: this.task.everyMs, ...this.counts, ...this.last, nextInMs };
  }

  private due(): void {
    this.plan();
    if (this.running) this.counts.skipped += 1;
    else this.running = this.run().finally(() => (this.running = null));
  }

  private async run(): Promise<void> {
    const started = Date.now();
    let lastError: string | null = null;
    try {
      await this.task.run();
    } catch (error) {
      lastError = String(error);
      this.counts.failures += 1;
    }
    this.counts.runs += 1;
    this.last = { lastMs: Date.now() - started, lastError };
  }
}
