// Between real processes: connections that are handed to a gateway, and come back from it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { text } from "node:stream/consumers";
import { Client, serving, stage } from "./stage.mjs";
import { until } from "./support.mjs";

const HANDOVERS = 20;

/** A client that is closed at the end. */
function client(t, { port }) {
  const made = new Client(port);
  t.after(() => made.close());
  return made;
}

/** Asks again and again until it is told to stop; resolves with how many answers there were. */
async function hammer(from, stop, pause = null) {
  let answers = 0;
  while (!stop.aborted) {
    assert.match(await from().ask("/", "x".repeat(answers % 3)), /^\d+$/);
    answers += 1;
    await pause?.();
  }
  return answers;
}

/** How many of a port's connections a gateway holds; it has sockets of its own besides. */
function held({ pid }, port) {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = ["tcp", "tcp6"].flatMap((name) => readFileSync(`/proc/net/${name}`, "utf8").split("\n"));
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const inodes = fields.filter(([, local]) => local?.endsWith(`:${hex}`)).map((it) => `socket:[${it[9]}]`);
  return openIn(pid).filter((it) => inodes.includes(it)).length;
}

/** What a process has open. */
function openIn(pid) {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return null; // it has just been closed
    }
  });
}

test("no request is lost over many handovers, on kept connections or on new ones", async (t) => {
  const parts = await stage(t);
  let active = await serving(parts);
  const stop = new AbortController();
  const kept = Array.from({ length: 3 }, () => client(t, parts));
  const fresh = () => client(t, parts);
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
  const all = [...kept.map((it) => hammer(() => it, stop.signal)), hammer(fresh, stop.signal, pause)];
  for (let round = 0; round < HANDOVERS; round += 1) {
    const old = active;
    active = await serving(parts);
    await Promise.race([old.retire(), ...all]);
    assert.equal(await kept[0].ask(), `${active.pid}`);
  }
  stop.abort();
  const answers = await Promise.all(all);
  t.diagnostic(`answers: ${answers}`);
  assert.ok(Math.min(...answers) > HANDOVERS, `${answers}`);
  assert.deepEqual(kept.map(({ ports }) => ports.size), [1, 1, 1]);
});

test("a connection that is idle is handed on, and the old gateway ends at once", async (t) => {
  const parts = await stage(t);
  const first = await serving(parts);
  const idle = client(t, parts);
  const returned = [];
  first.on("returned", (socket) => returned.push(socket));
  for (let times = 0; times < 2; times += 1) assert.equal(await idle.ask(), `${first.pid}`);
  assert.equal(returned.length, 0, "it stays where it is for as long as that gateway serves");
  const second = await serving(parts);
  const began = performance.now();
  await first.retire();
  assert.ok(performance.now() - began < 1_000, `${performance.now() - began} ms`);
  assert.equal(await idle.ask(), `${second.pid}`);
  assert.equal(idle.ports.size, 1);
});

test("a connection over which nothing has come yet is handed on", async (t) => {
  const parts = await stage(t);
  const first = await serving(parts);
  const socket = net.connect(parts.port, "127.0.0.1").on("error", assert.fail);
  await until(() => socket.readyState === "open", "connected");
  const second = await serving(parts);
  await first.retire();
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assert.match(await text(socket), new RegExp(`^HTTP/1.1 200 [^]*\\b${second.pid}\\b`));
});

test("the beginning of a request is not handed on, but answered by whoever has it", async (t) => {
  const parts = await stage(t);
  const first = await serving(parts);
  const socket = net.connect(parts.port, "127.0.0.1").setEncoding("utf8").on("error", assert.fail);
  let received = "";
  socket.on("data", (more) => (received += more));
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT");
  await until(() => received.includes(`${first.pid}`), "the first answer");
  await serving(parts);
  const retired = first.retire();
  received = "";
  socket.write("TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await until(() => received.includes(`${first.pid}`), "the second answer");
  await retired;
});

test("a request under way is answered before the gateway is told to end", async (t) => {
  const parts = await stage(t);
  const first = await serving(parts);
  const slow = client(t, parts);
  const answer = slow.ask("/slow");
  await until(() => existsSync(join(parts.layer, "slow")), "it is under way");
  const second = await serving(parts);
  await Promise.all([first.retire(), answer]);
  assert.equal(await answer, `${first.pid}`);
  assert.equal(await slow.ask(), `${second.pid}`);
  assert.equal(slow.ports.size, 1);
});

test("a connection that a gateway has taken is not kept open here too", async (t) => {
  const parts = await stage(t);
  await serving(parts);
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (let times = 0; times < 10; times += 1) {
    const one = client(t, parts);
    await one.ask();
    one.close();
  }
  await until(() => open() <= before, "all are closed");
});

test("a client that has left is not waited for", async (t) => {
  const parts = await stage(t);
  const first = await serving(parts);
  const left = client(t, parts);
  await left.ask();
  assert.equal(held(first, parts.port), 1);
  left.close();
  await until(() => held(first, parts.port) === 0, "the gateway has closed it");
  await first.retire();
  assert.deepEqual(await first.exited, [0, null]);
});

test("a connection that speaks another protocol by now stays with its gateway until that ends", async (t) => {
  const parts = await stage(t);
  const first = await serving(parts);
  const socket = net.connect(parts.port, "127.0.0.1").setEncoding("utf8").on("error", () => {});
  let received = "";
  socket.on("data", (more) => (received += more));
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  await until(() => received.includes(" 101 "), "it is upgraded");
  received = "";
  await serving(parts);
  const ended = once(socket, "close");
  const retired = first.retire();
  socket.write("who is there?");
  await until(() => received.includes("\n"), "somebody says so");
  assert.equal(received, `${first.pid}\n`);
  await retired;
  assert.deepEqual(await first.exited, [0, null]);
  await ended;
});

test("connections that a stuck gateway has not taken are answered by the next one", async (t) => {
  const parts = await stage(t);
  const stuck = await serving(parts);
  stuck.process.kill("SIGSTOP");
  const waiting = Array.from({ length: 5 }, () => client(t, parts).ask());
  const next = await serving(parts);
  await Promise.all([stuck.retire(), ...waiting]);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([`${next.pid}`]));
});

test("connections that reach a gateway when it is leaving are answered by the next one", async (t) => {
  const parts = await stage(t);
  const first = await serving(parts);
  const next = parts.make();
  assert.equal(await next.load(10_000, assert.fail), null);
  const slow = client(t, parts).ask("/slow");
  await until(() => existsSync(join(parts.layer, "slow")), "something keeps it from leaving at once");
  const back = once(first, "returned");
  const retired = first.retire();
  const waiting = Array.from({ length: 20 }, () => client(t, parts).ask());
  await back;
  parts.door.leadTo(next);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([`${next.pid}`]));
  await Promise.all([retired, slow]);
});

test("connections that a killed gateway has not taken are answered by the next one", async (t) => {
  const parts = await stage(t);
  const killed = await serving(parts);
  killed.on("exit", () => parts.door.leadNowhere());
  killed.process.kill("SIGSTOP");
  const waiting = Array.from({ length: 5 }, () => client(t, parts).ask());
  killed.process.kill("SIGKILL");
  await killed.exited;
  const next = await serving(parts);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([`${next.pid}`]));
});

test("a gateway that ends by itself gives its idle connections back first", async (t) => {
  const parts = await stage(t);
  const first = await serving(parts);
  first.on("returned", () => parts.door.leadNowhere());
  const idle = client(t, parts);
  await idle.ask();
  first.process.kill("SIGTERM");
  await first.exited;
  const second = await serving(parts);
  assert.equal(await idle.ask(), `${second.pid}`);
  assert.equal(idle.ports.size, 1);
});

test("a gateway that ends by itself first answers what is under way", { timeout: 15_000 }, async (t) => {
  const parts = await stage(t);
  const first = await serving(parts);
  const answer = client(t, parts).ask("/slow");
  await until(() => existsSync(join(parts.layer, "slow")), "it is under way");
  first.process.kill("SIGTERM");
  assert.equal(await answer, `${first.pid} at its end`);
  assert.deepEqual(await first.exited, [0, null]);
});
