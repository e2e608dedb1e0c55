// Saves that come close together are one change.

/** So long nothing more must come … */
const QUIET_MS = 20;
/** … but this long after the first one it is enough: a stream of saves must not hold back the first. */
const AT_MOST_MS = 250;

export class Burst {
  #paths = new Set();
  #since = 0;
  #timer = null;

  /** @param {(paths: string[], since: number) => void} onEnd called with all of them, and when the first came in ms */
  constructor(onEnd) {
    this.onEnd = onEnd;
  }

  add(paths) {
    if (this.#paths.size === 0) this.#since = Date.now();
    for (const path of paths) this.#paths.add(path);
    clearTimeout(this.#timer);
    const left = this.#since + AT_MOST_MS - Date.now();
    this.#timer = setTimeout(() => this.#end(), Math.max(0, Math.min(QUIET_MS, left)));
  }

  #end() {
    const paths = [...this.#paths];
    this.#paths.clear();
    this.onEnd(paths, this.#since);
  }
}
