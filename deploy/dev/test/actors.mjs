// A reload among gateways that do as the test says and no more.
import { EventEmitter } from "node:events";
import { Reload } from "../reload.mjs";
import { quiet, settle } from "./support.mjs";

export const FAILURE = { file: "/layer/a.ts", line: 1, text: "boom" };
/** A save that comes so long after another one is in no row with it. */
const ALONE_MS = 151;
let pid = 100;

/** Warms, loads and ends when the test says so. */
export class Gateway extends EventEmitter {
  state = "cold";
  modules = null;
  held = false;
  old = [];
  pid = (pid += 1);
  retire = () => ((this.state = "ending"), this.ending);
  ending = new Promise((resolve) => (this.end = () => (this.exits(0, null), resolve())));

  warm() {
    this.state = "warming";
    return new Promise((resolve) => (this.onWarm = resolve));
  }

  warmed() {
    this.state = "warm";
    this.onWarm(true);
    return settle();
  }

  load(limitMs, onSilent) {
    this.state = "loading";
    this.fallsSilent = onSilent;
    return new Promise((resolve) => (this.onLoaded = resolve));
  }

  loaded(failure = null) {
    this.modules = ["module"];
    this.onLoaded(failure);
    return settle();
  }

  activate() {
    this.state = "active";
  }

  touched(paths) {
    this.old.push(...paths);
  }

  hold() {
    if (this.state === "warming") this.held = true;
  }

  goOn() {
    this.held = false;
  }

  kill() {
    if (this.state !== "ended") this.exits(null, "SIGKILL");
    return Promise.resolve();
  }

  exits(status, signal) {
    const before = this.state;
    this.state = "ended";
    this.onWarm?.(false);
    this.onLoaded?.(FAILURE);
    this.emit("exit", { before, status, signal });
  }
}

/** What differs from what serves, as far as the reload asks. */
class Sources {
  isServed = true;
  /** Whether what is written is for the load that is under way. */
  isTried = false;
  mark = () => (this.isTried = true);
  serves = (mark) => ((this.isServed = mark), (this.isTried = false));
  failed = () => (this.isTried = false);
}

/** A reload, all gateways it made, and what was reported, in order. */
export async function reload(t, { started = true } = {}) {
  quiet(t);
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1e12 });
  const [gateways, told, led] = [[], [], []];
  const tell = (name) => (...data) => told.push([name, ...data.map(short)]);
  const report = { causeOf: (files) => files.join() };
  const names = ["waiting", "noticed", "silent", "live", "broken", "restored", "ended", "standby"];
  for (const name of names) report[name] = tell(name);
  const door = { leadTo: (it) => led.push(it.pid), leadNowhere: () => led.push(null), give: (it) => led.push(it) };
  const sources = new Sources();
  const make = () => (gateways.push(new Gateway()), gateways.at(-1));
  const found = new Reload({ make, sources, door, report, limitMs: 10_000, idleMs: 600_000 });
  const tick = (ms) => (t.mock.timers.tick(ms), settle());
  let next = 0;
  const changed = (...files) => ((next = Date.now() + ALONE_MS), found.changed(files, Date.now()), settle());
  const alone = async (served, files) => {
    if (next > Date.now()) await tick(next - Date.now());
    sources.isServed = served;
    await changed(...files);
  };
  const save = (...files) => alone(false, files);
  const back = (...files) => alone(true, files);
  const parts = { found, gateways, told, led, sources, changed, save, back, tick };
  if (started) await starts(parts);
  return parts;
}

/** The first gateway serves, and the second is warm. */
async function starts({ found, gateways, told, led }) {
  found.start();
  await settle();
  await gateways[0].loaded();
  await gateways[1].warmed();
  told.length = led.length = 0;
}

/** What is told of, without what differs each time. */
function short(data) {
  if (typeof data !== "object") return data;
  return data.text ?? data.cause ?? (data.generation ? `generation ${data.generation}` : "");
}

export const events = (told) => told.map(([name, first]) => `${name} ${first}`.trim());
