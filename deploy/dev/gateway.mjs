// One gateway: a process that is warmed, told to load the layer, made the active one, and ended.
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { askLayer, processorMs } from "../health/gateway.mjs";
import { failureIn, nowhere } from "./failure.mjs";
import { eachLine, say } from "./log.mjs";
import { watchSilence } from "./silence.mjs";
import { stuckAt } from "./stuck.mjs";

const PRELOAD = new URL("child/preload.mjs", import.meta.url).href;
const ENTRY = new URL("bundle/entry.mjs", import.meta.url).pathname;
const KEPT_LINES = 60;

/** On a busy machine it takes longer, and longest for one that loads its own code too. */
const MOST_ROUNDS = 6;
/** … and for one whose imports are transpiled for the first time. */
const MOST_IMPORTING = 12;
/** What part of its time a loop has had the processor at least; less, and it only was slow. */
const LOOPS = { warm: 0.5, cold: 0.75 };
/** … and what part at most one that waits for something. */
const WAITS = 0.05;
const WAITING = new Set(["cold", "warming", "warm"]);
const LATE = Symbol();
const FIRST_ASK_MS = 300;
const ASK_AGAIN_MS = 20;
const LONGEST_ASK_MS = 2_000;
/** It takes a second or two of a processor; one that had so much of it, or next to none, is stuck. */
const WARM_MS = 60_000;
/** A gateway that is asked to end and does not even answer a ping is stuck in a loop. */
const DEAF_MS = 1_000;
/** Requests under way are waited for first, see child/connections.mjs; at most so long in all. */
const RETIRE_MS = 2_000;
/** The gateway itself gives up after 5 s on a client that does not end its request. */
const END_MS = 5_500;
const CLOSE_MS = 100;

let count = 0;

export class Gateway extends EventEmitter {
  /** @type {"cold" | "warming" | "warm" | "loading" | "active" | "ending" | "ended"} */
  state = "cold";
  inspectorPort = null;
  /** Whether its layer did not answer in time, though it was not seen in a loop. */
  wasLate = false;
  warmMs = null;
  #lines = [];
  #told = new EventEmitter();
  /** Connections that were handed to it, by number, until it says that it has them. */
  #onTheWay = new Map();
  #handed = 0;
  #closed;
  #retired = null;
  #held = false;
  #heldLately = false;
  /** What of it may have changed since it was started. */
  #touched = new Set();

  /**
   * Emits "warmed" with what of it could not be loaded; "listening"; "exit"; "returned" with a
   * connection that it is done with; and "untaken" with one that never reached it.
   * @param {object} where
   * @param {string} where.run a directory for its socket
   * @param {string} where.command what starts a gateway, with the words for it
   * @param {string[]} where.options
   * @param {string} where.layer
   * @param {string | null} where.bundle a directory with the gateway in one file, if there is one
   */
  constructor({ run, command, options, layer, bundle = null }) {
    super();
    this.layer = layer;
    this.socketPath = join(run, `gateway-${(count += 1)}.sock`);
    const env = {
      ...process.env,
      CLAWDBOT_ALLOW_MULTI_GATEWAY: "1", // two overlap for a moment
      LOA_GATEWAY_PRELOAD: PRELOAD,
      LOA_GATEWAY_SOCKET: this.socketPath,
      ...(bundle && { LOA_GATEWAY_ENTRY: ENTRY, LOA_GATEWAY_BUNDLE: bundle }),
      // A debugger then shows the layer as it was written.
      ...(process.env.LOA_INSPECT === "1" && { JITI_SOURCE_MAPS: "1" }),
    };
    // In a session of its own, so that what it starts can be ended with it.
    const stdio = ["ignore", "pipe", "pipe", "ipc"];
    this.process = spawn(command, options, { env, stdio, detached: true });
    this.exited = new Promise((resolve) => {
      this.process.on("exit", (...how) => resolve(how));
      this.process.on("error", () => this.pid ?? resolve([null, null]));
    });
    // Now and then at once after the exit, before anybody could begin to wait for it.
    this.#closed = new Promise((resolve) => this.process.on("close", resolve));
    this.exited.then(([status, signal]) => this.#onExit(status, signal));
    this.process.on("error", (error) => say(`start: the gateway: ${error.message}`));
    this.process.on("message", (message, handle) => this.#onMessage(message, handle));
    for (const name of ["stdout", "stderr"]) {
      if (this.pid) eachLine(this.process[name], (line) => this.#onLine(line, process[name]));
    }
  }

  get pid() {
    return this.process.pid ?? null;
  }

  /**
   * Has these modules imported; the gateway then waits. Resolves with whether it is there; how it
   * gets on is looked at from time to time.
   */
  async warm(modules, patienceMs = WARM_MS) {
    this.state = "warming";
    this.#send({ warm: modules, layer: this.layer });
    const message = await this.#warms(patienceMs);
    if (!message) this.#signal("SIGKILL");
    if (message) [this.state, this.warmMs] = ["warm", message.warm];
    if (message) this.emit("warmed", message.failed);
    return message !== null;
  }

  /** Waits until it is warm, for as long as it gets on; on a busy machine it does so slowly. */
  async #warms(patienceMs) {
    const warm = this.#until("warm");
    const began = processorMs(this.pid);
    for (let before = began; ; before = processorMs(this.pid)) {
      const message = await Promise.race([warm, delay(patienceMs, LATE, { ref: false })]);
      if (message !== LATE) return message;
      const used = processorMs(this.pid);
      const getsOn = used - before >= patienceMs * WAITS && used - began < WARM_MS;
      if (!getsOn && !this.#heldLately) return this.#isStuck();
      this.#heldLately = this.#held;
    }
  }

  #isStuck() {
    say("start: the gateway that is to be kept warm does not get on; ending it");
    return null;
  }

  /**
   * Loads the layer and asks it until it answers.
   * @param {number} limitMs how long it may take to load, or longer if it is only slow; then, to answer
   * @param {() => void} onSilent called when it takes suspiciously long to answer, and may yet
   * @returns {Promise<object | null>} what is wrong, or null: it answers
   */
  async load(limitMs, onSilent) {
    const warm = this.state === "warm";
    this.state = "loading";
    const failure = await this.#listens(limitMs, warm);
    if (failure) return failure;
    const stop = watchSilence(this.pid, () => this.state === "loading" && onSilent());
    return await this.#ask(limitMs, stop).finally(stop);
  }

  /** Something happened to these files: what it has read of them while it was warmed is old. */
  touched(paths) {
    if (WAITING.has(this.state)) for (const path of paths) this.#touched.add(path);
  }

  /** Lets it go on until it listens; returns what is wrong, or null. */
  async #listens(limitMs, warm) {
    const before = processorMs(this.pid);
    const listening = this.#until("listening");
    this.#send({ go: true, touched: [...this.#touched] });
    for (let round = 1; ; round += 1) {
      const message = await Promise.race([listening, delay(limitMs, LATE, { ref: false })]);
      if (message === null) return this.#whyEnded();
      if (message !== LATE) return this.#learn(message);
      const place = await stuckAt(this.inspectorPort, this.layer);
      const part = (processorMs(this.pid) - before) / limitMs;
      if (!getsOn({ place, part, warm, round })) return this.#late(limitMs, round, place);
      if (place?.imports && round === 1) this.#sayImports(place);
    }
  }

  /** What the next one is to be warmed with. */
  #learn({ modules }) {
    this.modules = modules;
    this.emit("listening");
    return null;
  }

  async #ask(limitMs, isHeard) {
    const since = performance.now();
    let patience = FIRST_ASK_MS;
    while (performance.now() - since < limitMs && this.state === "loading") {
      const answer = await askLayer(this.socketPath, patience);
      // It may have been killed, and its answer have been on the way.
      if (this.state !== "loading") break;
      if (answer === "other") return isHeard(), await this.#whyNotLoaded();
      if (answer?.status === "failed") return layerFailed(answer);
      if (answer?.pid === this.pid) return null;
      // It may be no more than slow.
      if (answer === null) patience = Math.min(2 * patience, LONGEST_ASK_MS);
      await delay(ASK_AGAIN_MS);
    }
    if (this.state !== "loading") return this.#whyEnded();
    return this.#late(limitMs, 1, await stuckAt(this.inspectorPort, this.layer));
  }

  /** While it is warmed: stops it, so that others have the processors … */
  hold() {
    if (this.state !== "warming") return;
    this.#held = this.#heldLately = true;
    this.#signal("SIGSTOP");
  }

  /** … and lets it go on. */
  goOn() {
    this.#held = false;
    this.#signal("SIGCONT");
  }

  /** What the layer answers just now. */
  health(milliseconds) {
    return askLayer(this.socketPath, milliseconds);
  }

  activate() {
    this.state = "active";
    this.#send({ active: true });
  }

  /** Hands it a connection; false if it cannot take it any more. */
  take(socket) {
    if (!this.process.connected || this.state === "ended") return false;
    const number = (this.#handed += 1);
    this.#onTheWay.set(number, socket);
    // Kept open here: the gateway may end before it has it, and then another one is to get it.
    this.process.send({ connection: number }, socket, { keepOpen: true }, (error) => {
      if (error) this.#untaken(number);
    });
    return true;
  }

  #untaken(number) {
    const socket = this.#onTheWay.get(number);
    if (this.#onTheWay.delete(number)) this.emit("untaken", socket);
  }

  #taken(number) {
    this.#onTheWay.get(number)?.destroy();
    this.#onTheWay.delete(number);
  }

  /** Has its idle connections given back, then ends it in good order; its log first of all. */
  retire() {
    return (this.#retired ??= this.#retire());
  }

  async #retire() {
    if (this.state !== "ended") this.state = "ending";
    const retired = this.#tell("retire", "retired", RETIRE_MS);
    if (!(await this.#isAlive())) return this.kill();
    await retired;
    this.#signal("SIGTERM");
    if (!(await this.#isAlive())) return this.kill();
    await Promise.race([this.exited, delay(END_MS, undefined, { ref: false })]);
    await this.kill();
  }

  /** Whether it still does what it is told, or has ended. */
  #isAlive() {
    return Promise.race([this.exited, this.#tell("ping", "pong", DEAF_MS)]);
  }

  async kill() {
    if (this.state !== "ended") this.state = "ending";
    this.#signal("SIGKILL");
    await this.exited;
  }

  #signal(name) {
    this.process.kill(name); // which does nothing to one that has ended
  }

  #send(message) {
    if (this.process.connected) this.process.send(message, () => {});
  }

  async #tell(order, answer, milliseconds) {
    const told = this.#until(answer, AbortSignal.timeout(milliseconds));
    this.#send({ [order]: order === "diagnose" ? this.layer : true });
    return await told;
  }

  /** Resolves with the message of that name, or null if it ends or the signal comes before. */
  async #until(name, signal) {
    const told = once(this.#told, name, { signal }).catch(() => [null]);
    const [message] = await Promise.race([told, this.exited.then(() => [null])]);
    return message;
  }

  #onMessage(message, handle) {
    if (message.returned) this.#onReturned(handle);
    if (message.taken) this.#taken(message.taken);
    if (message.inspector) this.inspectorPort = message.inspector;
    for (const name of Object.keys(message)) this.#told.emit(name, message);
  }

  #onReturned(socket) {
    this.#send({ received: true });
    if (!socket?._handle) return;
    // Nothing may be read here of what is for the next gateway; Node begins to when it arrives.
    socket._handle.readStop();
    socket._handle.reading = false;
    this.emit("returned", socket);
  }

  #onLine(line, output) {
    if (/^(Debugger (listening|attached|ending)|For help, see: https:\/\/nodejs)/.test(line)) return;
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    output.write(`${line}\n`);
  }

  /** Gives back what it did not take, once all has been read that it said. */
  async #giveBack() {
    // Node's "disconnect" does not come while connections are on the way, and "close" not while
    // somebody else still has its output open.
    await Promise.race([this.#closed, delay(CLOSE_MS)]);
    for (const number of [...this.#onTheWay.keys()]) this.#untaken(number);
  }

  #onExit(status, signal) {
    if (this.#onTheWay.size > 0) this.#giveBack();
    const before = this.state;
    this.state = "ended";
    try {
      if (this.pid) process.kill(-this.pid, "SIGKILL"); // what it started and did not end itself
    } catch {
      // There was nothing left.
    }
    this.emit("exit", { before, status, signal });
  }

  async #whyNotLoaded() {
    const message = await this.#tell("diagnose", "diagnosis", 2 * DEAF_MS);
    return message?.diagnosis ?? failureIn(this.#lines, this.layer, "the layer did not load");
  }

  #whyEnded() {
    return failureIn(this.#lines, this.layer, "the gateway ended while it loaded the layer");
  }

  #sayImports({ file }) {
    const name = relative(this.layer, file);
    say(`start: ${name}: what it imports is transpiled, which takes long the first time; waiting for it`);
  }

  #late(limitMs, rounds, place) {
    const seconds = (place && !place.imports ? limitMs : limitMs * rounds) / 1_000;
    this.wasLate = !place;
    if (!place) return nowhere(`the layer does not answer after ${seconds} s`);
    const { file, line } = place;
    return { file, line, text: `still running after ${seconds} s: an endless loop?` };
  }
}

/** Whether one that does not listen yet may only be slow; `part` of one round's time it had the processor. */
function getsOn({ place, part, warm, round }) {
  const waits = warm && part < WAITS;
  if (place?.imports) return !waits && round < MOST_IMPORTING;
  const loops = part >= LOOPS[warm ? "warm" : "cold"] && (place || warm);
  return !loops && !waits && round < MOST_ROUNDS;
}

function layerFailed({ wal }) {
  return nowhere(wal?.error ?? "the layer says that it failed");
}
