// The handover: a save makes a warmed gateway load the layer; if the layer answers, that gateway
// takes over, and the one before is ended; if not, the one before goes on.
import { Backoff, howEnded } from "./ended.mjs";
import { brokenJson } from "./failure.mjs";
import { savedAt } from "./sources.mjs";

/** A load that takes so long gives way to a newer save: it hangs, and the save may mend it. */
const HANGS_MS = 3_000;
/** A load that takes so long may fail; the next gateway is warmed beside it. */
const SLOW_MS = 2_000;
const STANDBY_AGAIN_MS = 5_000;

export class Reload {
  #active = null;
  #activeSince = 0;
  #loading = null;
  #standby = null;
  #ending = new Set();
  #modules = null;
  #attempts = 0;
  #pending = null;
  #running = false;
  #stopping = false;
  #backoff = new Backoff();
  #timers = {};

  /**
   * @param {object} parts
   * @param {() => import("./gateway.mjs").Gateway} parts.make starts a gateway
   * @param {import("./sources.mjs").Sources} parts.sources
   * @param {import("./door.mjs").Door} parts.door
   * @param {import("./report.mjs").Report} parts.report
   * @param {number} parts.limitMs how long a load may take
   * @param {number} parts.idleMs after how long without a save nothing is kept warm
   */
  constructor(parts) {
    Object.assign(this, parts);
  }

  get active() {
    return this.#active;
  }

  get standby() {
    if (this.#standby) return { state: this.#standby.state, pid: this.#standby.pid };
    return { state: this.paused ? "paused" : "none", pid: null };
  }

  start() {
    this.#request({ files: [], cause: null, since: Date.now() });
  }

  /** Load again though nothing has changed. */
  restart(cause) {
    this.#request({ files: [], cause, since: Date.now() });
  }

  /** These files have changed. */
  changed(files, since) {
    this.#request({ files, cause: null, since });
  }

  async stop() {
    this.#stopping = true;
    Object.values(this.#timers).forEach(clearTimeout);
    const killed = [this.#loading, this.#standby].map((it) => it?.kill());
    await Promise.all([this.#active?.retire(), ...killed, ...this.#ending]);
  }

  #request({ files, cause, since }) {
    const wanted = { files, cause, since, forced: files.length === 0 };
    this.#pending = this.#pending ? merged(this.#pending, wanted) : wanted;
    this.#run();
    this.#giveWay();
  }

  /** What is wanted by now; nothing is, afterwards. */
  #take() {
    const wanted = this.#pending;
    this.#pending = null;
    return wanted;
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    while (this.#pending && !this.#stopping) {
      if (this.sources.isServed && !this.#pending.forced) this.report.restored(this.#take().files);
      else await this.#load();
    }
    this.#running = false;
  }

  async #load() {
    const { gateway, cold } = await this.#next();
    // Only now: what was saved while it warmed is loaded with the rest.
    const { files, cause, since } = this.#take();
    const generation = (this.#attempts += 1);
    const about = { generation, files, cause: cause ?? this.report.causeOf(files) };
    const saved = since - noticedMs(files, since);
    if (generation > 1) this.report.noticed(about);
    const mark = this.sources.mark();
    const started = Date.now();
    this.#loading = { gateway, started };
    const onSilent = (failure) => {
      this.#loading.silent = true;
      this.report.broken(about, failure, Date.now() - started);
      this.#giveWay();
      this.#keepWarm();
    };
    this.#timers.slow = setTimeout(() => this.#keepWarm(), SLOW_MS);
    const failure = await gateway.load(this.limitMs, onSilent);
    clearTimeout(this.#timers.slow);
    const [superseded, ended] = [this.#loading.superseded, gateway.state === "ended"];
    this.#loading = null;
    this.#modules = gateway.modules ?? this.#modules;
    if (this.#stopping) return;
    const times = { noticedMs: since - saved, loadedMs: Date.now() - started, servedMs: Date.now() - saved };
    if (!failure) {
      this.sources.serves(mark);
      this.#handOver(gateway);
      this.report.live(about, times, cold);
    } else {
      const better = failure.file ? failure : (brokenJson(files) ?? failure);
      if (!superseded) this.report.broken(about, better, times.loadedMs);
      gateway.kill();
      if (ended && !this.#active) this.#startLater(0);
    }
    this.#keepWarm();
  }

  /** The gateway that loads next: the one that was kept warm, else a cold one. */
  async #next() {
    const standby = this.#standby;
    this.#standby = null;
    if (standby && (await standby.ready)) return { gateway: standby, cold: false };
    return { gateway: this.#follow(this.make()), cold: true };
  }

  #follow(gateway) {
    gateway.on("returned", (socket) => this.door.give(socket));
    gateway.on("exit", (how) => this.#onExit(gateway, how));
    return gateway;
  }

  #handOver(gateway) {
    const old = this.#active;
    this.#active = gateway;
    this.#activeSince = Date.now();
    gateway.activate();
    this.door.leadTo(gateway);
    if (!old) return;
    const ending = old.retire().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #keepWarm() {
    clearTimeout(this.#timers.warm);
    clearTimeout(this.#timers.idle);
    this.#timers.idle = setTimeout(() => this.#pause(), this.idleMs);
    this.paused = false;
    if (this.#standby || this.#stopping || !this.#modules) return;
    const standby = this.#follow(this.make());
    this.#standby = standby;
    this.report.standby("warming");
    standby.ready = standby.warm(this.#modules);
    standby.ready.then((warm) => warm && this.#standby === standby && this.report.standby("warm"));
  }

  /** Nobody works just now; the memory is better used elsewhere. */
  #pause() {
    const standby = this.#standby;
    this.#standby = null;
    this.paused = true;
    standby?.kill();
    this.report.standby("paused");
  }

  /** A newer save waits; what loads may never come to an end. */
  #giveWay() {
    clearTimeout(this.#timers.giveWay);
    const loading = this.#loading;
    if (!loading || !this.#pending) return;
    const giveWay = () => {
      if (this.#loading !== loading) return;
      loading.superseded = true;
      loading.gateway.kill();
    };
    const patience = loading.silent ? 0 : loading.started + HANGS_MS - Date.now();
    this.#timers.giveWay = setTimeout(giveWay, Math.max(0, patience));
  }

  #onExit(gateway, { before, status, signal }) {
    if (gateway === this.#standby) {
      this.#standby = null;
      this.report.standby("none");
      this.#timers.warm = setTimeout(() => this.#keepWarm(), STANDBY_AGAIN_MS);
    }
    if (gateway !== this.#active || this.#stopping) return;
    this.#active = null;
    if (before !== "active") return;
    this.door.leadNowhere();
    this.#startLater(Date.now() - this.#activeSince, howEnded(status, signal));
  }

  #startLater(lived, why) {
    const wait = this.#backoff.after(lived);
    if (why) this.report.ended(why, wait);
    clearTimeout(this.#timers.again);
    this.#timers.again = setTimeout(() => {
      if (!this.#active && !this.#loading) this.restart("the gateway had ended");
    }, wait);
  }
}

function merged(one, other) {
  const files = [...new Set([...one.files, ...other.files])];
  const forced = one.forced || other.forced;
  return { files, cause: one.cause ?? other.cause, since: one.since, forced };
}

/** How long ago the newest of them was saved when the first event came. */
function noticedMs(files, since) {
  const times = files.map(savedAt).filter((at) => at !== null && at <= since && since - at < 60_000);
  return times.length === 0 ? 0 : Math.round(since - Math.max(...times));
}
