// Periodic tasks. A task never overlaps itself, and one that fails ends nothing but its own run.

/** Each period is stretched or shortened by up to this share, so that tasks do not march in step. */
export const JITTER = 0.1;

export interface Task {
  name: string;
  everyMs: number;
  run(): void | Promise<void>;
}

export interface Figures {
  everyMs: number;
  runs: number;
  failures: number;
  skipped: number;
  lastMs: number | null;
  lastError: string | null;
}

/** What the scheduler takes from the outside world, so that tests can turn the clock. */
export interface Timing {
  now(): number;
  random(): number;
  after(delayMs: number, call: () => void): () => void;
}

export const realTiming: Timing = {
  now: () => performance.now(),
  random: Math.random,
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};

class Runner {
  readonly figures: Figures;
  readonly task: Task;
  private readonly timing: Timing;
  private running: Promise<void> | null = null;
  private cancel: () => void = () => {};

  constructor(task: Task, timing: Timing) {
    this.task = task;
    this.timing = timing;
    const none = { runs: 0, failures: 0, skipped: 0, lastMs: null, lastError: null };
    this.figures = { everyMs: task.everyMs, ...none };
  }

  plan(): void {
    const stretch = 1 + JITTER * (2 * this.timing.random() - 1);
    this.cancel = this.timing.after(this.task.everyMs * stretch, () => {
      this.plan();
      this.due();
    });
  }

  private due(): void {
    if (this.running) {
      this.figures.skipped += 1;
      return;
    }
    this.running = this.run().finally(() => {
      this.running = null;
    });
  }

  private async run(): Promise<void> {
    const started = this.timing.now();
    try {
      await this.task.run();
      this.figures.lastError = null;
    } catch (error) {
      this.figures.failures += 1;
      this.figures.lastError = error instanceof Error ? error.message : String(error);
    }
    this.figures.runs += 1;
    this.figures.lastMs = Math.round(this.timing.now() - started);
  }

  async stop(): Promise<void> {
    this.cancel();
    await this.running;
  }
}

export class Scheduler {
  private readonly runners: Runner[];
  private started = false;

  constructor(tasks: Task[], timing: Timing = realTiming) {
    this.runners = tasks.map((task) => new Runner(task, timing));
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    for (const runner of this.runners) runner.plan();
  }

  /** Plans nothing more and waits for the runs that are under way. */
  async stop(): Promise<void> {
    this.started = false;
    await Promise.all(this.runners.map((runner) => runner.stop()));
  }

  figures(): Record<string, Figures> {
    return Object.fromEntries(this.runners.map((it) => [it.task.name, { ...it.figures }]));
  }
}
