// What the gateway sees of its server: to it, it listens on its port.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import timers from "node:timers/promises";
import { handConnectionsOver } from "../child/connections.mjs";
import { put, scratch, settle } from "./support.mjs";

const PORT = 18789;

/** A server whose listening is taken over, and the socket over which it can be asked. */
function server(t) {
  const { listen } = net.Server.prototype;
  t.after(() => (net.Server.prototype.listen = listen));
  const path = join(scratch(t), "gateway.sock");
  put(path, "of a gateway before");
  const connections = handConnectionsOver(PORT, path);
  return { path, connections, made: createServer((_, response) => response.end("answer")) };
}

/** One that has given back all that it had, and the connections that it gives back from now on. */
async function leaving(t) {
  const { connections, made } = server(t);
  await once(made.listen(PORT), "listening");
  const returned = [];
  const { connected, send } = process;
  t.after(() => Object.assign(process, { connected, send }));
  Object.assign(process, { connected: true, send: (_, socket) => returned.push(socket) });
  await connections.giveBack();
  return { connections, returned };
}

/** A connection, and what makes something come over it. */
async function connection(t) {
  const listener = net.createServer().listen(0, "127.0.0.1");
  t.after(() => listener.close());
  await once(listener, "listening");
  const client = net.connect(listener.address().port, "127.0.0.1");
  const [socket] = await once(listener, "connection");
  t.after(() => [client, socket].forEach((it) => it.destroy()));
  return { socket, write: () => new Promise((done) => client.write("x", done)) };
}

for (const [how, ...words] of [
  ["its number", PORT],
  ["its number and a host", PORT, "127.0.0.1"],
  ["its digits", `${PORT}`],
  ["options", { port: PORT, host: "127.0.0.1" }],
]) {
  test(`a server that listens on the port, given by ${how}, is answered for, and is only asked by its socket`, async (t) => {
    const { path, connections, made } = server(t);
    await once(made.listen(...words), "listening");
    await connections.listening;
    assert.equal(made.listening, true);
    assert.deepEqual(made.address(), { address: "0.0.0.0", family: "IPv4", port: PORT });
    const [response] = await once(get({ socketPath: path, agent: false }), "response");
    assert.equal(await text(response), "answer");
    const closed = once(made, "close");
    await new Promise((done) => made.close(done));
    await closed;
    assert.equal(made.listening, false);
  });
}

for (const [where, ...words] of [
  ["a port of the system's choice", 0],
  ["no port in particular", null],
  ["a port that options leave open", { port: 0 }],
]) {
  test(`a server on ${where} listens for itself`, async (t) => {
    const { made } = server(t);
    t.after(() => made.close());
    await once(made.listen(...words), "listening");
    assert.ok(![0, PORT].includes(made.address().port));
  });
}

test("a process whose server is closed ends by itself", (t) => {
  const code = `
    import { createServer } from "node:http";
    import { handConnectionsOver } from "${new URL("../child/connections.mjs", import.meta.url)}";
    handConnectionsOver(${PORT}, "${join(scratch(t), "gateway.sock")}");
    const server = createServer().listen(${PORT});
    server.on("listening", () => server.close(() => console.log("closed")));
  `;
  const words = ["--input-type=module", "--eval", code];
  assert.equal(execFileSync(process.execPath, words, { encoding: "utf8", timeout: 10_000 }), "closed\n");
});

test("a connection that cannot be given back is looked at every 10 ms, for a second", async (t) => {
  let now = 0;
  let looks = 0;
  t.mock.method(performance, "now", () => now);
  t.mock.method(timers, "setTimeout", async (ms) => ((looks += 1), (now += ms)));
  syncBuiltinESMExports();
  t.after(() => (t.mock.reset(), syncBuiltinESMExports()));
  const { connections, made } = server(t);
  await once(made.listen(PORT), "listening");
  const socket = new net.Socket();
  t.after(() => socket.destroy());
  connections.take(socket); // and there is no reloader that would have it
  await connections.giveBack();
  assert.deepEqual([now, looks], [1_000, 100]);
});

test("what comes when all have been given back is given back unread, one after the other", async (t) => {
  const { connections, returned } = await leaving(t);
  const both = [await connection(t), await connection(t)];
  for (const { socket } of both) connections.take(socket);
  for (const { write } of both) await write();
  for (let turns = 0; turns < 2; turns += 1) await settle(); // whoever reads has read it by now
  assert.deepEqual(both.map(({ socket }) => returned.indexOf(socket)), [0, -1]);
  connections.received();
  await settle();
  assert.deepEqual(both.map(({ socket }) => returned.indexOf(socket)), [0, 1]);
  assert.deepEqual(both.map(({ socket }) => socket.bytesRead), [0, 0]);
});
