// The gateways that are kept warm for the next saves: one, or two while saves come quickly.
import { Backoff, howEnded } from "./ended.mjs";
import { say } from "./log.mjs";

/** What is kept warm is ended first when memory is short; it must not fill it again at once. */
const DEATHS = { first: 5_000, longest: 300_000, stable: 60_000 };
/** Of saves that come so soon after one another, each second would find none that is warm. */
const QUICK_MS = 5_000;
/** After so long without a save, one is enough again. */
const QUIET_MS = 60_000;

export class Standbys {
  #kept = [];
  #since = new WeakMap();
  #modules = null;
  #wanted = 1;
  #takenAt = -QUICK_MS;
  #backoff = new Backoff(DEATHS);
  #timers = {};
  #paused = false;
  #stopped = false;

  /**
   * @param {() => import("./gateway.mjs").Gateway} make starts a gateway
   * @param {import("./report.mjs").Report} report
   */
  constructor(make, report) {
    Object.assign(this, { make, report });
  }

  /** The one that is taken next, or why there is none. */
  get state() {
    const next = this.#next;
    if (next) return { state: next.state, pid: next.pid };
    return { state: this.#paused ? "paused" : "none", pid: null };
  }

  /** With these modules the next ones are warmed; before, none is. */
  learn(modules) {
    this.#modules = modules ?? this.#modules;
  }

  /** Hands over the one that is warm first; null if there is none, or it dies before. */
  async take() {
    if (!this.#modules) return null; // the first start is no save
    this.#wanted = Date.now() - this.#takenAt < QUICK_MS ? 2 : 1;
    this.#takenAt = Date.now();
    const next = this.#next;
    if (!next) return null;
    this.#forget(next);
    return (await next.ready) ? next : null;
  }

  /** Lets a load have the processors: those that are being warmed wait. */
  hold() {
    for (const gateway of this.#kept) gateway.hold();
  }

  /** Warms as many as are wanted, those that waited first of all. */
  goOn() {
    clearTimeout(this.#timers.goOn);
    if (!this.#modules || this.#stopped) return;
    for (const gateway of this.#kept) gateway.goOn();
    this.#paused = false;
    while (this.#kept.length < this.#wanted) this.#warm();
    clearTimeout(this.#timers.trim);
    this.#timers.trim = setTimeout(() => this.#trim(), QUIET_MS);
  }

  /** Nobody works just now; the memory is better used elsewhere. */
  pause() {
    clearTimeout(this.#timers.goOn);
    this.#paused = true;
    this.#end(this.#kept);
    this.report.standby("paused");
  }

  /** None is warmed any more, whoever still asks for it. */
  stop() {
    this.#stopped = true;
  }

  /** One of the gateways has ended; whether it was one of these. */
  ended(gateway, status, signal) {
    if (!this.#kept.includes(gateway)) return false;
    const lived = Date.now() - this.#since.get(gateway);
    this.#forget(gateway);
    if (this.#kept.length === 0) this.report.standby("none");
    const wait = Math.max(DEATHS.first, this.#backoff.after(lived));
    say(`start: the gateway that was kept warm ${howEnded(status, signal)}; warming another in ${wait / 1000} s`);
    clearTimeout(this.#timers.goOn);
    this.#timers.goOn = setTimeout(() => this.goOn(), wait);
    return true;
  }

  get #next() {
    return this.#kept.find(({ state }) => state === "warm") ?? this.#kept[0];
  }

  #warm() {
    const gateway = this.make();
    this.#kept.push(gateway);
    this.#since.set(gateway, Date.now());
    if (this.#kept.length === 1) this.report.standby("warming");
    gateway.ready = gateway.warm(this.#modules);
    gateway.ready.then((warm) => warm && gateway === this.#next && this.report.standby("warm"));
  }

  /** One is enough: the one that is taken next. */
  #trim() {
    this.#end(this.#kept.filter((it) => it !== this.#next));
  }

  #end(gateways) {
    this.#wanted = 1;
    for (const gateway of gateways) {
      this.#forget(gateway);
      gateway.kill();
    }
  }

  #forget(gateway) {
    this.#kept = this.#kept.filter((it) => it !== gateway);
  }
}
