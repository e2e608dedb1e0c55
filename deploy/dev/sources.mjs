// What the layer is made of, by content: which saves change anything, and which take it back.
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { matchesGlob, relative } from "node:path";

const GONE = { hash: null, inode: null, savedAt: null };
/** Another than any content. */
const UNSURE = Symbol();
/** By so much may a file's time be behind the clock. */
const CLOCK_MS = 10;
const MOST_KNOWN = 100_000;
/** A copy is there so soon after the save. */
const COPIED_MS = 5_000;

export class Sources {
  /** Each file on the disk as last looked at: its content's hash, and its inode. */
  #now = new Map();
  /** Files whose content is another than what serves, with the hash of what serves. */
  #unserved = new Map();
  /** The load that is under way: when, and the files that were written meanwhile. */
  #trial = null;
  /** When what serves was loaded. A file that was written then may have been loaded before or after. */
  #served = null;
  /** Whether a path is code; to match globs takes time. */
  #known = new Map();

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
    if (!this.#known.has(path)) {
      if (this.#known.size > MOST_KNOWN) this.#known.clear();
      this.#known.set(path, this.#isCode(this.name(path)));
    }
    return this.#known.get(path);
  }

  #isCode(name) {
    const fits = (glob) => matchesGlob(name, glob);
    return this.include.some(fits) && !this.exclude.some(fits);
  }

  /** Takes these files as they are now for what serves. */
  start(paths) {
    for (const path of paths.filter((it) => this.isCode(it))) this.#set(path, contentOf(path));
  }

  /**
   * Looks at these files and returns those that are to be loaded again: their content has changed
   * since the last look, or what was loaded may have been another for a moment.
   */
  look(paths) {
    return paths.filter((path) => {
      const last = this.#now.get(path) ?? GONE;
      const content = contentOf(path);
      this.#set(path, content);
      if (isSame(content, last)) return false;
      const unsure = within(this.#served, content.savedAt);
      const meanwhile = within(this.#trial, content.savedAt) || content.inode !== last.inode;
      if (content.hash === last.hash && !unsure && !(this.#trial && meanwhile)) return false;
      this.#trial?.written.add(path);
      this.#compare(path, unsure ? UNSURE : last.hash, content.hash);
      return true;
    });
  }

  /** Notes whether what serves has this content; it had the one before, unless that is known. */
  #compare(path, before, hash) {
    if (before === UNSURE || !this.#unserved.has(path)) this.#unserved.set(path, before);
    if (this.#unserved.get(path) === hash) this.#unserved.delete(path);
  }

  /** Whether all is again as it is served. */
  get isServed() {
    return this.#unserved.size === 0;
  }

  /** Every file that it knows of. */
  get paths() {
    return [...this.#now.keys()];
  }

  /** A load begins: what is on the disk at this moment, to be told later that it serves. */
  mark() {
    this.#trial = { from: Date.now() - CLOCK_MS, to: Infinity, written: new Set() };
    return new Map([...this.#unserved.keys()].map((path) => [path, this.#hash(path)]));
  }

  /** What was marked serves now. */
  serves(mark) {
    const { from, written } = this.#trial;
    this.#trial = null;
    this.#served = { from, to: Date.now() + 1 };
    for (const [path, hash] of mark) {
      if (this.#hash(path) === hash) this.#unserved.delete(path);
      else this.#unserved.set(path, hash);
    }
    for (const path of written) this.#unserved.set(path, UNSURE);
  }

  /** What was marked does not serve. */
  failed() {
    this.#trial = null;
  }

  #hash(path) {
    return (this.#now.get(path) ?? GONE).hash;
  }

  #set(path, content) {
    if (content.hash === null) this.#now.delete(path);
    else this.#now.set(path, content);
  }
}

const isSame = (one, other) =>
  one.hash === other.hash && one.inode === other.inode && one.savedAt === other.savedAt;

const within = (span, at) => span !== null && at !== null && at >= span.from && at <= span.to;

function contentOf(path) {
  try {
    const { mtimeMs, ino } = statSync(path);
    const hash = createHash("sha256").update(readFileSync(path)).digest("base64");
    return { hash, inode: ino, savedAt: mtimeMs };
  } catch {
    return GONE; // or a directory, or not ours to read
  }
}

/**
 * When a file was saved, in ms since the epoch; null for one that is gone. A file that was renamed
 * keeps the time of its content, but not that of its inode; one that was copied to an engine
 * elsewhere too, but that comes soon after its save.
 */
export function savedAt(path) {
  try {
    const { mtimeMs, ctimeMs } = statSync(path);
    return ctimeMs - mtimeMs > COPIED_MS ? ctimeMs : mtimeMs;
  } catch {
    return null;
  }
}
