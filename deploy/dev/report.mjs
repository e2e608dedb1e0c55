// What is said of the reloads: in the log, on port 3000, and to whoever follows the events there.
import { relative } from "node:path";
import { redact } from "../health/gateway.mjs";
import { sentence, within } from "./failure.mjs";
import { say, stamp } from "./log.mjs";

const PING_MS = 5_000;
const NAMED = 3;

export class Report {
  generation = 0;
  cause = null;
  since = stamp();
  phases = null;
  /** Why the newest save does not serve, once that is known. */
  failure = null;
  /** Whether what loads takes suspiciously long to answer. */
  isSilent = false;
  /** Whether a gateway serves, of whichever save. */
  serves = false;
  /** What goes on: starting, serving, reloading, ended or stopping. */
  phase = "starting";
  #followers = new Set();

  constructor(workspace, layer) {
    Object.assign(this, { workspace, layer });
    setInterval(() => this.#tell("ping"), PING_MS).unref();
  }

  /** @param {(event: object) => void} take is called with each event, until what is returned is called */
  follow(take) {
    this.#followers.add(take);
    return () => this.#followers.delete(take);
  }

  /** The names as one word: the first three, and how many more. */
  causeOf(files) {
    const names = files.map((file) => relative(this.layer, file));
    const more = names.length - NAMED;
    return names.slice(0, NAMED).join(",") + (more > 0 ? `,+${more}` : "");
  }

  starting() {
    say(`start: watching ${this.layer}; the next gateway is kept warm`);
  }

  /** The load begins once the next gateway is warm. */
  waiting({ files, cause }) {
    this.#tell("waiting", { cause, files: this.#names(files) });
  }

  noticed({ generation, files, cause, forced }) {
    this.#enter("reloading");
    Object.assign(this, { cause, failure: null });
    say(`reload generation=${generation} cause=${cause}`);
    this.#tell("noticed", { generation, cause, files: this.#names(files), forced });
  }

  live({ generation, files, cause }, phases, cold) {
    this.#enter("serving");
    Object.assign(this, { generation, phases, failure: null, serves: true });
    const seconds = (ms) => (ms / 1000).toFixed(2);
    const times = `noticed=${seconds(phases.noticedMs)} loaded=${seconds(phases.loadedMs)}`;
    const total = `served=${seconds(phases.servedMs)}`;
    if (generation > 1) say(`live generation=${generation} ${times} ${total}${cold ? " cold" : ""}`);
    this.#tell("live", { generation, cause, files: this.#names(files), ...phases, cold });
  }

  /** It may be no more than slow: what became of it is said later. */
  silent({ generation, files, cause }, afterMs) {
    const { serves } = this;
    this.isSilent = true;
    const meanwhile = serves ? "; the one before serves meanwhile" : "";
    say(`silent generation=${generation}: the layer does not answer on /loa/health yet${meanwhile}`);
    this.#tell("silent", { generation, cause, files: this.#names(files), afterMs, serves });
  }

  broken({ generation, files, cause }, failure, afterMs) {
    const { serves } = this;
    this.#enter(serves ? "serving" : "starting");
    const { text, ...place } = within(this.workspace, failure);
    this.failure = { ...place, text: redact(text) };
    const goesOn = serves ? "; the one before goes on" : "";
    say(`broken generation=${generation}: ${sentence(this.failure)}${goesOn}`);
    const about = { generation, cause, files: this.#names(files), afterMs };
    this.#tell("broken", { ...about, error: sentence(this.failure), failure: this.failure, serves });
  }

  restored(files) {
    this.failure = null;
    this.#enter("serving");
    say(`restored cause=${this.causeOf(files)}: as it is served, nothing to load`);
    this.#tell("restored", { cause: this.causeOf(files), files: this.#names(files) });
  }

  visible(files) {
    say(`visible at once, no restart needed: ${this.#names(files).join(", ")}`);
    this.#tell("visible", { files: this.#names(files) });
  }

  ended(status, againMs) {
    this.#enter("ended");
    Object.assign(this, { endedAs: status, serves: false });
    say(`start: ${status}; starting it again${againMs ? ` in ${againMs / 1000} s` : ""}`);
    this.#tell("ended", { status, againMs });
  }

  standby(state) {
    this.#tell("standby", { state });
  }

  stopping() {
    this.#enter("stopping");
    this.#tell("stopping");
  }

  /** What is wrong, on one line, or null. */
  get error() {
    if (this.phase === "ended") return this.endedAs;
    return this.failure && sentence(this.failure);
  }

  #enter(phase) {
    this.phase = phase;
    this.isSilent = false;
    this.since = stamp();
  }

  #names(files) {
    return files.map((file) => relative(this.workspace, file));
  }

  #tell(event, data = {}) {
    for (const take of this.#followers) take({ event, at: stamp(), ...data });
  }
}
