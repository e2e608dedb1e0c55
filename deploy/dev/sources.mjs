// What the layer is made of, by content: which saves change anything, and which take it back.
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { matchesGlob, relative } from "node:path";

export class Sources {
  /** The content's hash of each file on the disk, as last looked at. */
  #now = new Map();
  /** Files whose content is another than what serves, with the hash of what serves. */
  #unserved = new Map();

  /**
   * @param {string} workspace
   * @param {string[]} include globs relative to it: what counts as code …
   * @param {string[]} exclude … but for these
   */
  constructor(workspace, include, exclude) {
    Object.assign(this, { workspace, include, exclude });
  }

  get size() {
    return this.#now.size;
  }

  /** As a person names a file. */
  name(path) {
    return relative(this.workspace, path);
  }

  isCode(path) {
    const name = this.name(path);
    const fits = (glob) => matchesGlob(name, glob);
    return this.include.some(fits) && !this.exclude.some(fits);
  }

  /** Takes these files as they are now for what serves. */
  start(paths) {
    for (const path of paths.filter((it) => this.isCode(it))) this.#set(path, hashOf(path));
  }

  /** Looks at these files and returns those whose content has changed since the last look. */
  look(paths) {
    return paths.filter((path) => {
      const before = this.#now.get(path) ?? null;
      const hash = hashOf(path);
      if (hash === before) return false;
      if (!this.#unserved.has(path)) this.#unserved.set(path, before);
      if (this.#unserved.get(path) === hash) this.#unserved.delete(path);
      this.#set(path, hash);
      return true;
    });
  }

  /** Whether all is again as it is served. */
  get isServed() {
    return this.#unserved.size === 0;
  }

  /** Every file that it knows of. */
  get paths() {
    return [...this.#now.keys()];
  }

  /** What is on the disk at this moment, to be told later that it serves. */
  mark() {
    return new Map([...this.#unserved.keys()].map((path) => [path, this.#now.get(path) ?? null]));
  }

  /** What was marked serves now. */
  serves(mark) {
    for (const [path, hash] of mark) {
      if ((this.#now.get(path) ?? null) === hash) this.#unserved.delete(path);
      else this.#unserved.set(path, hash);
    }
  }

  #set(path, hash) {
    if (hash === null) this.#now.delete(path);
    else this.#now.set(path, hash);
  }
}

function hashOf(path) {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("base64");
  } catch {
    return null; // gone, or a directory
  }
}

/** When a file was saved, in ms since the epoch; null for one that is gone. */
export function savedAt(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return null;
  }
}
