// The handover: a save makes a warmed gateway load the layer; if the layer answers, that gateway
// takes over, and the one before is ended; if not, the one before goes on.
import { Backoff, howEnded } from "./ended.mjs";
import { brokenJson } from "./failure.mjs";
import { Row } from "./row.mjs";
import { savedAt } from "./sources.mjs";
import { Standbys } from "./standbys.mjs";

/**
 * A load that takes so long gives way to a newer save: it hangs, and the save may mend it. Each time
 * in a row twice as long, or on a machine that is slow enough nothing would ever be live.
 */
const HANGS_MS = 3_000;

/**
 * A load that takes so long may fail; the next gateway is warmed beside it. Not beside a cold one:
 * that is slow because the machine is, and would only become slower.
 */
const SLOW_MS = 2_000;

export class Reload {
  #active = null;
  #activeSince = null;
  #loading = null;
  #standbys;
  #gateways = new Set();
  #attempts = 0;
  #pending = null;
  #running = false;
  #waits = false;
  #stopping = false;
  #hangsMs = HANGS_MS;
  #backoff = new Backoff();
  #row = new Row();
  #timers = {};

  /**
   * @param {object} parts
   * @param {() => import("./gateway.mjs").Gateway} parts.make starts a gateway
   * @param {import("./sources.mjs").Sources} parts.sources
   * @param {import("./door.mjs").Door} parts.door
   * @param {import("./report.mjs").Report} parts.report
   * @param {number} parts.limitMs how long a load may take
   * @param {number} parts.idleMs after how long without a load nothing is kept warm
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.#standbys = new Standbys(() => this.#make(), this.report);
  }

  get active() {
    return this.#active;
  }

  /** Whether a save is being loaded, which may serve though the gateway does not answer just now. */
  get loads() {
    return this.#loading !== null;
  }

  get standby() {
    return this.#standbys.state;
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
    this.#row.saved();
    this.#request({ files, cause: null, since });
  }

  /** Something happened to these files, whether or not it changed them. */
  touched(paths) {
    for (const gateway of this.#gateways) gateway.touched(paths);
  }

  /** Ends all gateways: in good order those that serve, or did. */
  async stop() {
    this.#stopping = true;
    this.#standbys.stop();
    const inOrder = ["active", "ending"];
    await Promise.all([...this.#gateways].map((it) => (inOrder.includes(it.state) ? it.retire() : it.kill())));
  }

  #request({ files, cause, since }) {
    const wanted = { files, cause, since, forced: files.length === 0 };
    this.#pending = this.#pending ? merged(this.#pending, wanted) : wanted;
    if (this.#waits) this.#tellOfWaiting();
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
      if (!this.#pending.forced) await this.#row.ended();
      const served = this.#active && this.sources.isServed;
      if (served && !this.#pending.forced) this.report.restored(this.#take().files);
      else await this.#load();
    }
    this.#running = false;
  }

  async #load() {
    const { gateway, cold } = await this.#next();
    if (this.#stopping) return;
    const loading = this.#begin(gateway, cold);
    const failure = await gateway.load(this.limitMs, () => this.#onSilent(loading));
    clearTimeout(this.#timers.slow);
    this.#loading = null;
    this.#standbys.learn(gateway.modules);
    if (this.#stopping) return;
    if (failure) this.#fail(loading, failure);
    else this.#succeed(loading);
    this.#stayAwake();
    this.#standbys.goOn();
  }

  /** Somebody who has just saved is to see that it was noticed, though its load has not begun. */
  #tellOfWaiting() {
    const { files, cause } = this.#pending;
    this.report.waiting({ files, cause: files.length > 0 ? this.report.causeOf(files) : cause });
  }

  /** The gateway that loads next: the one that was kept warm, else a cold one. */
  async #next() {
    this.#waits = this.standby.state === "warming";
    if (this.#waits) this.#tellOfWaiting();
    const standby = await this.#standbys.take();
    this.#waits = false;
    if (standby) return { gateway: standby, cold: false };
    return { gateway: this.#stopping ? null : this.#make(), cold: true };
  }

  #begin(gateway, cold) {
    // Only now: what was saved while it warmed is loaded with the rest.
    const { files, cause, since, forced } = this.#take();
    this.#row.loads();
    const generation = (this.#attempts += 1);
    const about = { generation, files, forced };
    about.cause = files.length > 0 ? this.report.causeOf(files) : cause;
    if (generation > 1) this.report.noticed(about);
    this.#standbys.hold();
    if (!cold) this.#timers.slow = setTimeout(() => this.#standbys.goOn(), SLOW_MS);
    const noticedMs = noticedAfter(files, since);
    const times = { started: Date.now(), since, noticedMs };
    this.#loading = { gateway, cold, about, times, mark: this.sources.mark() };
    return this.#loading;
  }

  /** Nobody knows yet how that ends; but what waits behind it is not to wait for it. */
  #onSilent(loading) {
    loading.silent = true;
    this.report.silent(loading.about, Date.now() - loading.times.started);
    this.#giveWay();
    if (!loading.cold) this.#standbys.goOn();
  }

  #succeed({ gateway, cold, about, times, mark }) {
    const { started, since, noticedMs } = times;
    this.#hangsMs = HANGS_MS;
    this.sources.serves(mark);
    this.#handOver(gateway);
    const now = Date.now();
    const phases = { noticedMs, loadedMs: now - started, servedMs: now - since + noticedMs };
    this.report.live(about, phases, cold);
  }

  #fail({ gateway, about, times, superseded }, failure) {
    const ended = gateway.state === "ended";
    const better = failure.file ? failure : (brokenJson(about.files) ?? failure);
    this.sources.failed();
    if (superseded) this.#hangsMs = Math.min(this.limitMs, this.#hangsMs * 2);
    else this.report.broken(about, better, Date.now() - times.started);
    gateway.kill();
    // With nothing that serves, the next save may be far.
    if ((ended || gateway.wasLate) && !superseded && !this.#active) this.#startLater(0);
  }

  #make() {
    const gateway = this.make();
    this.#gateways.add(gateway);
    gateway.on("untaken", (socket) => this.door.give(socket));
    gateway.on("returned", (socket) => {
      // It is about to end, though nobody here asked it to.
      if (gateway === this.#active) this.door.leadNowhere();
      this.door.give(socket);
    });
    gateway.on("exit", (how) => this.#onExit(gateway, how));
    return gateway;
  }

  #handOver(gateway) {
    const old = this.#active;
    this.#active = gateway;
    this.#activeSince = Date.now();
    gateway.activate();
    this.door.leadTo(gateway);
    old?.retire();
  }

  #stayAwake() {
    clearTimeout(this.#timers.idle);
    this.#timers.idle = setTimeout(() => this.#standbys.pause(), this.idleMs);
  }

  /** A newer save waits; what loads may never come to an end. */
  #giveWay() {
    const loading = this.#loading;
    if (!loading || !this.#pending) return;
    const giveWay = () => {
      if (this.#loading !== loading) return;
      loading.superseded = true;
      loading.gateway.kill();
    };
    const patience = loading.cold ? Math.max(this.#hangsMs, this.limitMs) : this.#hangsMs;
    const left = loading.silent ? 0 : loading.times.started + patience - Date.now();
    setTimeout(giveWay, Math.max(0, left));
  }

  #onExit(gateway, { before, status, signal }) {
    this.#gateways.delete(gateway);
    if (this.#stopping) return;
    if (this.#standbys.ended(gateway, status, signal) || gateway !== this.#active) return;
    this.#active = null;
    this.door.leadNowhere();
    const lived = Date.now() - this.#activeSince;
    this.#startLater(lived, `the gateway ${howEnded(status, signal)}`);
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
function noticedAfter(files, since) {
  const times = files.map(savedAt).filter((at) => at !== null && at <= since && since - at < 60_000);
  return times.length === 0 ? 0 : Math.round(since - Math.max(...times));
}
