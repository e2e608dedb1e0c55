// From events to changes: which of the files that something happened to are code, and differ.
import { basename } from "node:path";
import { Burst } from "./burst.mjs";
import { statOf } from "./watch.mjs";

/** Its files show whether events cross the mount; `harness dev` makes and removes them. */
const SENTINEL = /^\.loa-sentinel-/;
/** Drafts of editors, and what is made by tools. */
const NO_NEWS = /(^|\/)(\.[^/]*\.sw[a-z]|4913|[^/]*~|#[^/]*#|\.#[^/]*|[^/]*\.tmp[^/]*|\.loa-[^/]*|__pycache__|node_modules|\.git)(\/|$)/;
const KEPT_SENTINELS = 100;

export class Notice {
  #burst = new Burst((paths, since) => this.#look(paths, since));
  #sentinels = new Set();
  /** Whether events cross the mount; null until it is known. */
  events = null;

  /**
   * @param {object} parts
   * @param {import("./sources.mjs").Sources} parts.sources
   * @param {import("./reload.mjs").Reload} parts.reload
   * @param {import("./report.mjs").Report} parts.report
   */
  constructor(parts) {
    Object.assign(this, parts);
  }

  get workspace() {
    return this.sources.workspace;
  }

  get figures() {
    const { directories, polls } = this.watch;
    return { events: this.events, polls, files: this.sources.size, directories };
  }

  /** Something happened to these files. */
  saw(paths, { looked }) {
    const sentinels = paths.filter((path) => SENTINEL.test(basename(path)));
    // One that is found by looking proves nothing.
    if (!looked) sentinels.forEach((path) => this.#keepSentinel(basename(path)));
    const others = paths.filter((path) => !sentinels.includes(path));
    if (others.length > 0) this.#add(others);
  }

  /** Somebody outside says so, because events do not cross the mount. */
  told(paths) {
    this.events = false;
    this.#add(paths);
  }

  #add(paths) {
    this.reload.touched(paths);
    this.#burst.add(paths);
  }

  sawSentinel(name) {
    return this.#sentinels.has(name);
  }

  #keepSentinel(name) {
    if (this.watch.polls) this.watch.poll(false);
    this.events = true;
    this.#sentinels.add(name);
    if (this.#sentinels.size > KEPT_SENTINELS) this.#sentinels.delete([...this.#sentinels][0]);
  }

  #look(paths, since) {
    const all = [...new Set(paths.flatMap((path) => this.#withContent(path)))];
    const changed = this.sources.look(all.filter((path) => this.sources.isCode(path)));
    if (changed.length > 0) this.reload.changed(changed, since);
    const others = all.filter((path) => !this.sources.isCode(path) && this.#isNews(path));
    if (others.length > 0) this.report.visible(others);
  }

  /** It, or what is known of a directory that is gone. */
  #withContent(path) {
    if (this.sources.isCode(path)) return [path];
    return [path, ...this.sources.paths.filter((it) => it.startsWith(`${path}/`))];
  }

  #isNews(path) {
    if (NO_NEWS.test(this.sources.name(path))) return false;
    return statOf(path)?.isFile() ?? false;
  }
}
