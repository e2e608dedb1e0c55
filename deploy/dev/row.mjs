// Saves that keep coming, as a formatter's or a checkout's: the first is loaded at once, so that a
// single save waits for nothing; those behind it are loaded together when they have come to an end.

/** A save that comes so soon after another one belongs to the same row. */
const CLOSE_MS = 150;
/** So long after its last load a row that does not end is loaded as far as it has come. */
const AT_MOST_MS = 1_500;

export class Row {
  #savedAt = -Infinity;
  #loadedAt = null;

  /** There was a save just now. */
  saved() {
    if (Date.now() - this.#savedAt > CLOSE_MS) this.#loadedAt = null;
    this.#savedAt = Date.now();
  }

  /** All that was saved until now is being loaded. */
  loads() {
    this.#loadedAt = Date.now();
  }

  /** Waits for the end of a row of which something has been loaded. */
  async ended() {
    while (this.#left > 0) await new Promise((resolve) => setTimeout(resolve, this.#left));
  }

  get #left() {
    if (this.#loadedAt === null) return 0;
    return Math.min(this.#savedAt + CLOSE_MS, this.#loadedAt + AT_MOST_MS) - Date.now();
  }
}
