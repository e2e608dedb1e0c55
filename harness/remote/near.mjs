// The near end of a link, a program beside the harness: it starts the far end on the engine, leads
// ports of 127.0.0.1 through it, and has it take files. The harness tells and is told by lines.
//
// The first line says what to link: {root, directories, host, ports, command}, where
//   directories  the checkout's synced directories by where they are in the container
//   ports        the ports of `host`, the stack's container, by those of 127.0.0.1 that lead there
//   command      starts Node, to which the far end is given
// Any other line asks for something and has an id; answers have it too, with an error or without:
//   {id, compare: {files, known}}  has all these files there, as they are here, and none of `known`
//                                  that is not among them: {sent, changed, removed, foreign}
//   {id, send: {files, gone}}      has these files there, and those not
// All names are relative to the root. A line without an id says that all is up, {event: "linked",
// taken}, with the ports that something else has for now.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { connect, constants } from "node:http2";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { both } from "./both.mjs";

const PING_MS = 5_000;
/** Another harness that is attached to the same stack holds the port until it leaves. */
const AGAIN_MS = 200;
const WINDOW = 1 << 20;
const CONNECTION_WINDOW = 16 * WINDOW;
const AT_ONCE = 16;

/** Runs what comes as a first line, and leaves the rest to it: no image need hold the far end. */
const FIRST_LINE = `
const input = process.stdin, parts = [];
input.on("readable", function take() {
  for (let chunk; (chunk = input.read()) !== null; ) {
    const end = chunk.indexOf(10);
    parts.push(end < 0 ? chunk : chunk.subarray(0, end));
    if (end < 0) continue;
    input.off("readable", take).unshift(chunk.subarray(end + 1));
    return import("data:text/javascript;base64," + Buffer.concat(parts));
  }
});
`;
/** The engine removes the far end; it does so without us too. */
const LEAVE_MS = 1_500;

/** @param {object} plan the first line */
class Link {
  #drafts = 0;
  #answered = true;

  constructor(plan) {
    Object.assign(this, plan);
    const [program, ...words] = [...this.command, "--eval", FIRST_LINE];
    // A group of its own: a Ctrl-C in the terminal is for the harness.
    this.child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"], detached: true });
    this.child.on("error", lost);
    this.child.on("exit", lost);
    this.child.stdin.write(`${farEnd().toString("base64")}\n`);
    const streams = both(this.child.stdout, this.child.stdin);
    this.session = connect("http://far", {
      createConnection: () => streams,
      settings: { initialWindowSize: WINDOW },
    });
    this.session.on("error", lost);
    this.session.once("remoteSettings", () => this.#onLinked());
  }

  async #onLinked() {
    this.session.setLocalWindowSize(CONNECTION_WINDOW);
    setInterval(() => this.#ping(), PING_MS);
    const ports = Object.entries(this.ports).map(([here, there]) => this.#listen(Number(here), there));
    const taken = (await Promise.all(ports)).filter((it) => it !== null);
    tell({ event: "linked", taken });
  }

  #ping() {
    if (!this.#answered) return lost(new Error("the far end does not answer"));
    this.#answered = false;
    this.session.ping(() => (this.#answered = true));
  }

  /** Listens, sooner or later; returns the port if that is not at once. */
  #listen(here, there) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#lead(socket, there));
    const listen = () => server.listen(here, "127.0.0.1");
    return new Promise((done) => {
      server.on("listening", () => done(null));
      server.on("error", () => {
        done(here);
        setTimeout(listen, AGAIN_MS);
      });
      listen();
    });
  }

  #lead(socket, there) {
    const stream = this.session.request({ ":method": "CONNECT", ":authority": `${this.host}:${there}` });
    stream.on("response", () => socket.pipe(stream).pipe(socket));
    stream.on("error", () => socket.destroy());
    stream.on("close", () => (stream.rstCode ? socket.destroy() : socket.destroySoon()));
    socket.on("error", () => stream.close(constants.NGHTTP2_CANCEL));
    socket.on("close", () => stream.close());
  }

  async compare({ files, known }) {
    const there = await this.#ask("GET", "/files");
    const wanted = new Map(this.#entries(files).map((entry) => [entry.path, entry]));
    const differing = [...wanted.values()].filter((it) => !isSame(this.#describe(it), there[it.path]));
    const gone = known.flatMap((name) => this.#places(name)).filter((it) => it in there && !wanted.has(it));
    const others = Object.keys(there).filter((it) => !wanted.has(it));
    const left = others.filter(isSentinel);
    const foreign = others.filter((it) => !gone.includes(it) && !isSentinel(it));
    await this.#have(differing, [...new Set([...gone, ...left])]);
    const changed = differing.filter(({ path }) => path in there).length;
    return { sent: differing.length - changed, changed, removed: gone.filter((it) => !isSentinel(it)).length, foreign };
  }

  async send({ files, gone }) {
    await this.#have(this.#entries(files), gone.flatMap((name) => this.#places(name)));
    return {};
  }

  /** What is there of these files, once for each place where it belongs. */
  #entries(names) {
    return names.flatMap((name) => {
      const stat = fs.lstatSync(join(this.root, name), { throwIfNoEntry: false });
      if (!stat?.isFile() && !stat?.isSymbolicLink()) return []; // gone meanwhile
      const link = stat.isSymbolicLink() ? fs.readlinkSync(join(this.root, name)) : undefined;
      const about = { name, link, mode: stat.mode & 0o777, savedAt: stat.mtimeMs };
      return this.#places(name).map((path) => ({ ...about, path }));
    });
  }

  /** Where in the container a file belongs. */
  #places(name) {
    const around = Object.entries(this.directories).filter(([, it]) => name.startsWith(`${it}/`));
    return [...new Set(around.map(([target, it]) => target + name.slice(it.length)))];
  }

  #describe({ name, link, mode }) {
    if (link !== undefined) return { link };
    const content = this.#read(name);
    return content && { hash: createHash("sha256").update(content).digest("base64"), mode };
  }

  #read(name) {
    try {
      return fs.readFileSync(join(this.root, name));
    } catch {
      return null; // gone meanwhile, or not ours to read
    }
  }

  async #have(entries, gone) {
    const waiting = [...entries];
    const files = [];
    const upload = async () => {
      for (let it = waiting.shift(); it; it = waiting.shift()) {
        const number = (this.#drafts += 1);
        if (await this.#upload(it, number)) files.push({ ...it, number });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, upload));
    if (files.length + gone.length === 0) return;
    const now = Date.now();
    const aged = files.map(({ savedAt, ...about }) => ({ ...about, ageMs: now - savedAt }));
    await this.#ask("POST", "/commit", JSON.stringify({ files: aged, gone }));
  }

  /** Brings a file's content over, and returns whether there was any. */
  async #upload({ name, path, link }, number) {
    if (link !== undefined) return true;
    const content = this.#read(name);
    const headers = { "x-path": encodeURIComponent(path) };
    if (content) await this.#ask("PUT", `/draft/${number}`, content, headers);
    return content !== null;
  }

  async #ask(method, path, body, headers = {}) {
    const stream = this.session.request({ ":method": method, ":path": path, ...headers }, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    let status = 0;
    stream.on("response", (headers) => (status = headers[":status"]));
    const answer = await text(stream);
    if (status !== 200) throw new Error(answer || "the far end gave no answer");
    return JSON.parse(answer);
  }

  /** Lets the far end go. */
  leave() {
    this.child.removeAllListeners("exit").on("exit", () => process.exit());
    this.child.stdin.end();
    setTimeout(() => process.exit(), LEAVE_MS);
  }
}

/** Whether the harness made it, to see whether events cross; one that is killed may leave it there. */
function isSentinel(path) {
  return basename(path).startsWith(".loa-sentinel-");
}

/** The far end as one text. */
function farEnd() {
  const [shared, far] = ["both.mjs", "far.mjs"].map((it) => fs.readFileSync(join(import.meta.dirname, it), "utf8"));
  return Buffer.from(far.replace('import { both } from "./both.mjs";', shared));
}

const isSame = (one, other) =>
  one && other && one.hash === other.hash && one.mode === other.mode && one.link === other.link;

function tell(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function lost(error) {
  if (error instanceof Error) console.error(error.message);
  process.exit(1);
}

async function serve() {
  let link = null;
  const leave = () => (link ? link.leave() : process.exit());
  process.on("SIGTERM", leave).on("SIGINT", () => {});
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    const asked = JSON.parse(line);
    if (!link) link = new Link(asked);
    else await answer(link, asked);
  }
  leave();
}

async function answer(link, { id, compare, send }) {
  try {
    tell({ id, ...(compare ? await link.compare(compare) : await link.send(send)) });
  } catch (error) {
    if (link.session.destroyed) lost(error);
    tell({ id, error: error.message });
  }
}

serve();
