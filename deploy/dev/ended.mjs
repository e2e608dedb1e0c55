// How a gateway ended that nobody asked to, and when the next one is started.
import { readFileSync } from "node:fs";

/** Where the kernel counts whom it killed for memory: control groups version 2, then 1. */
const COUNTS = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"];

/** Two that are killed at once are told of one after the other; what is older was somebody else. */
const TOGETHER_MS = 5_000;

let counted = 0;
const unnamed = { kills: 0, since: 0 };

/** The words for it; asked for each that ended, since the kernel only counts. */
export function howEnded(status, signal, now = performance.now()) {
  count(now);
  if (status === null && signal === null) return "could not be started";
  const memory = signal === "SIGKILL" && nameOne(now) ? " (killed for memory)" : "";
  return `ended by itself, ${signal ?? `status ${status}`}${memory}`;
}

function count(now) {
  const before = counted;
  counted = Math.max(...COUNTS.map(kills));
  if (counted > before) Object.assign(unnamed, { kills: counted - before, since: now });
}

/** Whether one of those that were killed for memory had not been named yet. */
function nameOne(now) {
  if (unnamed.kills === 0 || now - unnamed.since > TOGETHER_MS) return false;
  unnamed.kills -= 1;
  return true;
}

function kills(path) {
  try {
    return Number(/^oom_kill (\d+)/m.exec(readFileSync(path, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** How long to wait before the next start: each time in a row longer. */
export class Backoff {
  #next = 0;

  constructor({ first = 1_000, longest = 30_000, stable = 10_000 } = {}) {
    Object.assign(this, { first, longest, stable });
  }

  /** @param {number} lived how long the last one served, in ms */
  after(lived) {
    if (lived >= this.stable) this.#next = 0;
    const wait = this.#next;
    this.#next = Math.min(this.longest, wait === 0 ? this.first : wait * 2);
    return wait;
  }
}
