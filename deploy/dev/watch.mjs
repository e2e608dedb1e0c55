// Which files something happened to. One watch for each directory: a recursive one of Node's misses
// files that replace others, and makes a watch for each file; libraries wait 50 ms or more to see
// whether more will come. Where the kernel tells nothing, files are looked at again and again.
import { readdirSync, readFileSync, statSync, watch } from "node:fs";
import { basename, join } from "node:path";

/** The kernel has no more watches to give, or no more files to open. */
const SHORT = new Set(["ENOSPC", "EMFILE", "ENFILE", "ENOMEM"]);
const SKIPPED = new Set(["node_modules", ".git"]);
/** How long to wait between two looks, and which part of the time they may take at most. */
const SELDOM = { waitMs: 2_000, part: 0.02 };
/** Where no event may come at all, and a look is all there is. */
const OFTEN = { waitMs: 500, part: 0.1 };
/** So long a look may hold up everything else; with many files it goes on later. */
const SLICE_MS = 5;
/** File systems of another machine's files, whose changes this kernel may not see. */
const FOREIGN = /^(fuse|9p|virtiofs|vboxsf|prl_fs|nfs|cifs|smb)/;

export class Watch {
  #watches = new Map();
  #stats = new Map();
  #timer = null;
  /** Whether all files are looked at often, because no event may come … */
  polls = false;
  /** … and whether it must stay so, because not everything can be watched. */
  #short = false;

  /**
   * @param {string[]} roots directories
   * @param {(paths: string[], how: {looked: boolean}) => void} onEvent called with files that may
   *   have changed, and whether that was found by looking, without an event
   * @param {(message: string) => void} onTrouble called once with what does not work
   */
  constructor(roots, onEvent, onTrouble) {
    Object.assign(this, { roots, onEvent, onTrouble });
  }

  /** Begins to watch, and returns all files there are. */
  start() {
    const files = this.roots.flatMap((root) => this.#add(root));
    this.#stats = new Map(files.map((path) => [path, lookOf(path)]));
    this.poll(this.roots.some((root) => FOREIGN.test(fileSystemOf(root))));
    return files;
  }

  stop() {
    clearTimeout(this.#timer);
    for (const directory of [...this.#watches.keys()]) this.#close(directory);
  }

  get directories() {
    return this.#watches.size;
  }

  poll(often) {
    this.polls = often || this.#short;
    this.#later(0);
  }

  #later(cost) {
    const { waitMs, part } = this.polls ? OFTEN : SELDOM;
    const look = this.#look();
    const goOn = () => {
      const started = performance.now();
      const isDone = this.#lookOn(look, started + SLICE_MS);
      const slice = performance.now() - started;
      if (isDone) this.#later(slice);
      else this.#timer = setTimeout(goOn, slice / part);
    };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(goOn, Math.max(waitMs, cost / part));
  }

  /** Watches a directory and those in it; returns the files. */
  #add(directory) {
    this.#open(directory);
    return entriesOf(directory).flatMap((entry) => {
      const path = join(directory, entry.name);
      if (!entry.isDirectory()) return [path];
      return SKIPPED.has(entry.name) ? [] : this.#add(path);
    });
  }

  #open(directory) {
    // Another directory of the same name may have taken its place.
    const inode = statOf(directory)?.ino;
    if (this.#watches.get(directory)?.inode === inode) return;
    this.#close(directory);
    try {
      const opened = watch(directory, (_, name) => this.#onEvent(directory, name));
      opened.on("error", () => this.#close(directory));
      this.#watches.set(directory, { opened, inode });
    } catch ({ code, message }) {
      if (SHORT.has(code)) this.#onShort(message);
      // What is gone, or not ours to read, is nothing that could be loaded.
    }
  }

  #onShort(message) {
    if (!this.#short) this.onTrouble(`${message}; looking at all files twice a second instead`);
    this.#short = true;
    this.polls = true;
  }

  #close(directory) {
    this.#watches.get(directory)?.opened.close();
    this.#watches.delete(directory);
  }

  #onEvent(directory, name) {
    // Something happened to itself, or to what is named like it: its watch may be worth nothing.
    if (name === null || name === basename(directory)) this.#openAgain(directory);
    if (name === null) return;
    const path = join(directory, name);
    if (isDirectory(path)) return SKIPPED.has(name) || this.#tell(this.#add(path));
    this.#tell([path]);
  }

  #openAgain(directory) {
    if (!isDirectory(directory)) return this.#closeAll(directory);
    this.#close(directory);
    this.#tell(this.#add(directory));
  }

  /** What was watched of a directory that is gone, with all that was in it. */
  #closeAll(path) {
    if (!this.#watches.has(path)) return;
    for (const known of [...this.#watches.keys()]) {
      if (known === path || known.startsWith(`${path}/`)) this.#close(known);
    }
  }

  #tell(paths) {
    for (const path of paths) {
      const look = lookOf(path);
      if (look === null) this.#stats.delete(path);
      else this.#stats.set(path, look);
    }
    this.onEvent(paths, { looked: false });
  }

  /** Goes on with a look until then; returns whether it is through. */
  #lookOn(look, until) {
    const changed = [];
    let next;
    do {
      next = look.next();
      if (next.value) changed.push(next.value);
    } while (!next.done && performance.now() < until);
    if (changed.length > 0) this.onEvent(changed, { looked: true });
    return next.done;
  }

  /** One by one, files that are not as they were when last looked at; null for one that is. */
  *#look() {
    const seen = new Set();
    for (const root of this.roots) yield* this.#lookIn(root, seen);
    // What came meanwhile was told of by its event.
    const gone = [...this.#stats.keys()].filter((path) => !seen.has(path) && lookOf(path) === null);
    for (const path of gone) {
      this.#stats.delete(path);
      yield path;
    }
  }

  *#lookIn(directory, seen) {
    this.#open(directory);
    for (const entry of entriesOf(directory)) {
      const path = join(directory, entry.name);
      if (!entry.isDirectory()) yield this.#lookAt(path, seen);
      else if (!SKIPPED.has(entry.name)) yield* this.#lookIn(path, seen);
    }
  }

  #lookAt(path, seen) {
    seen.add(path);
    const look = lookOf(path);
    if (this.#stats.get(path) === look) return null;
    this.#stats.set(path, look);
    return path;
  }
}

function entriesOf(directory) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return []; // gone, or not ours to read
  }
}

/** What is at that path, or null. */
export function statOf(path) {
  try {
    return statSync(path);
  } catch {
    return null; // gone, or not ours to read
  }
}

const isDirectory = (path) => statOf(path)?.isDirectory() ?? false;

function lookOf(path) {
  const found = statOf(path);
  return found && `${found.mtimeMs} ${found.size} ${found.ino}`;
}

/** The type of the innermost mount that a directory is in. */
function fileSystemOf(path) {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n");
  const found = mounts.map((line) => line.split(" ")).filter(([, , , , at]) => isIn(path, at));
  const innermost = found.reduce((one, other) => (other[4].length >= one[4].length ? other : one));
  return innermost[innermost.indexOf("-") + 1];
}

function isIn(path, directory) {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}
