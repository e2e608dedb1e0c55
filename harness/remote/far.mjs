// The far end of a link: a program in a container beside the stack's, which sees the same volumes.
// near.mjs starts it through the engine, and speaks HTTP/2 with it over its standard streams:
//
// CONNECT HOST:PORT  leads to that port
// GET /files         what is in the synced directories, by path: {hash, mode} or {link}
// PUT /draft/NUMBER  takes a file's content, which is not at its place yet; x-path says where that is
// POST /commit       {files, gone}: moves drafts to their places, makes links, removes what is gone
//
// LOA_TARGETS        JSON list of the synced directories
// LOA_OWNER          UID:GID of whoever shall own what is in them
import { createHash, randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import * as fs from "node:fs";
import { constants, createServer } from "node:http2";
import { Socket, connect } from "node:net";
import { dirname, join, normalize } from "node:path";
import { buffer, json } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { both } from "./both.mjs";

/** A near end that is there says so more often. */
const SILENCE_MS = 60_000;
const WINDOW = 1 << 20;
const CONNECTION_WINDOW = 16 * WINDOW;
const ADDRESS_MS = 1_000;
/** The reloader takes no notice of such names. */
const DRAFT = ".loa-draft-";
/** Of a far end that was killed. */
const OLD_DRAFT_MS = 600_000;

const targets = JSON.parse(process.env.LOA_TARGETS);
const owner = process.env.LOA_OWNER.split(":").map(Number);
let asked = { at: -Infinity, address: null };
const ours = `${DRAFT}${randomBytes(6).toString("hex")}-`;

const routes = { "/files": files, "/draft": draft, "/commit": commit };

function main() {
  for (const target of targets) fs.chownSync(target, ...owner);
  const silence = setTimeout(() => process.exit(1), SILENCE_MS);
  const server = createServer({ settings: { initialWindowSize: WINDOW } });
  server.on("session", (session) => {
    session.setLocalWindowSize(CONNECTION_WINDOW);
    session.on("ping", () => silence.refresh());
    session.on("close", () => process.exit(0));
  });
  server.on("stream", onStream);
  // Node's own stream of standard output would have the whole process wait for its reader.
  const output = new Socket({ fd: 1, readable: false, writable: true });
  server.emit("connection", both(process.stdin, output));
}

async function onStream(stream, headers) {
  stream.on("error", () => {}); // whoever asked has gone
  if (headers[":method"] === "CONNECT") return lead(stream, headers[":authority"]);
  try {
    const route = routes[headers[":path"].match(/^\/\w*/)[0]];
    const answer = JSON.stringify((await route(stream, headers)) ?? {});
    stream.respond({ ":status": 200 });
    stream.end(answer);
  } catch (error) {
    if (stream.destroyed) return;
    stream.respond({ ":status": 500 });
    stream.end(error.message);
  }
}

async function lead(stream, authority) {
  const [host, port] = authority.split(":");
  const refuse = () => stream.close(constants.NGHTTP2_CONNECT_ERROR);
  const address = await addressOf(host).catch(refuse);
  if (!address) return;
  const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
  socket.on("connect", () => {
    stream.respond({ ":status": 200 });
    socket.pipe(stream).pipe(socket);
  });
  socket.on("error", refuse);
  stream.on("close", () => (stream.rstCode ? socket.destroy() : socket.destroySoon()));
}

/** Asked for once a second at most: the engine takes longer to say it than to connect. */
function addressOf(host) {
  if (Date.now() - asked.at > ADDRESS_MS) {
    const address = lookup(host, { family: 4 }).then((found) => found.address);
    asked = { at: Date.now(), address };
  }
  return asked.address;
}

function files() {
  return Object.fromEntries(targets.flatMap((target) => [...filesIn(target)]));
}

function* filesIn(directory) {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.name.startsWith(DRAFT)) removeIfOld(path);
    else if (entry.isDirectory()) yield* targets.includes(path) ? [] : filesIn(path);
    else yield [path, describe(path)];
  }
}

function describe(path) {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink()) return { link: fs.readlinkSync(path) };
  if (!stat?.isFile()) return {};
  const hash = createHash("sha256").update(fs.readFileSync(path)).digest("base64");
  return { hash, mode: stat.mode & 0o777 };
}

/** It may be a link that leads nowhere, or be at its place by now: others are attached too. */
function removeIfOld(path) {
  const draft = fs.lstatSync(path, { throwIfNoEntry: false });
  if (draft && Date.now() - draft.mtimeMs > OLD_DRAFT_MS) fs.rmSync(path, { force: true });
}

async function draft(stream, headers) {
  const content = await buffer(stream);
  fs.writeFileSync(draftOf(headers[":path"].replace("/draft/", ""), decodeURIComponent(headers["x-path"])), content);
}

/** On the file system of the place that it is for. */
const draftOf = (number, path) => join(targetOf(path), `${ours}${Number(number)}`);

/** The innermost synced directory that a path is in. */
function targetOf(path) {
  const around = targets.filter((it) => path.startsWith(`${it}/`) && path === normalize(path));
  if (around.length === 0) throw new Error(`${path} is in no synced directory`);
  return around.reduce((one, other) => (other.length > one.length ? other : one));
}

async function commit(stream) {
  const { files, gone } = await json(stream);
  for (const path of gone) remove(path);
  const moves = files.map(prepare);
  // All at once, as far as that can be, so that what belongs together is noticed together.
  for (const [from, to] of moves) move(from, to);
}

/** Makes a draft what the file shall be, and returns from where to where it has to go. */
function prepare({ path, number, mode, ageMs, link }) {
  const from = draftOf(number, path);
  makeDirectory(dirname(path));
  if (link !== undefined) {
    fs.symlinkSync(link, from);
    fs.lchownSync(from, ...owner);
    return [from, path];
  }
  fs.chmodSync(from, mode);
  fs.chownSync(from, ...owner);
  // By this machine's clock, which may differ from the one where it was saved.
  const savedAt = (Date.now() - ageMs) / 1000;
  fs.utimesSync(from, savedAt, savedAt);
  return [from, path];
}

function makeDirectory(path) {
  if (targets.includes(path) || fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  makeDirectory(dirname(path));
  fs.rmSync(path, { force: true });
  fs.mkdirSync(path);
  fs.chownSync(path, ...owner);
}

function move(from, to) {
  const before = fs.lstatSync(to, { throwIfNoEntry: false });
  if (before?.isDirectory()) fs.rmSync(to, { recursive: true });
  // Several may be attached, and each of them sends what is saved: it is news once.
  if (before && isDeepStrictEqual(describe(to), describe(from))) fs.rmSync(from);
  else fs.renameSync(from, to);
}

/** Removes it, and the directories that are empty without it. */
function remove(path) {
  const target = targetOf(path);
  fs.rmSync(path, { recursive: true, force: true });
  for (let it = dirname(path); it !== target && removeEmpty(it); it = dirname(it));
}

function removeEmpty(directory) {
  try {
    fs.rmdirSync(directory);
    return true;
  } catch {
    return false; // something else is in it
  }
}

main();
