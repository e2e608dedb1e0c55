import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { inspectorDoor } from "../inspect.mjs";
import { until } from "./support.mjs";

/** A debugger's port that answers with its name whatever it is told. */
async function inspected(t, name) {
  const server = net.createServer((socket) => socket.on("data", (said) => socket.end(`${name}: ${said}`)));
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { inspectorPort: server.address().port };
}

async function opened(t, reload) {
  const door = await inspectorDoor(0, reload);
  t.after(() => door.close());
  return door;
}

async function told(door, what) {
  const socket = net.connect(door.address().port, "127.0.0.1");
  socket.write(what);
  return await text(socket);
}

const connections = (door) => new Promise((done) => door.getConnections((_, count) => done(count)));

test("a debugger speaks with the gateway that serves, whichever that is", async (t) => {
  const reload = { active: await inspected(t, "first") };
  const door = await opened(t, reload);
  assert.equal(await told(door, "hello"), "first: hello");
  reload.active = await inspected(t, "second");
  assert.equal(await told(door, "hello"), "second: hello");
});

test("where none serves, or none can be debugged, a debugger is sent away", async (t) => {
  const reload = { active: null };
  const door = await opened(t, reload);
  assert.equal(await told(door, "hello"), "");
  reload.active = { inspectorPort: null };
  assert.equal(await told(door, "hello"), "");
});

test("a gateway that is gone sends a debugger away", async (t) => {
  const gone = net.createServer();
  await once(gone.listen(0, "127.0.0.1"), "listening");
  const door = await opened(t, { active: { inspectorPort: gone.address().port } });
  gone.close();
  await once(gone, "close");
  assert.equal(await told(door, "hello"), "");
});

test("a port that is taken is an error of whoever opens it", async (t) => {
  const { port } = (await opened(t, { active: null })).address();
  await assert.rejects(inspectorDoor(port, { active: null }), { code: "EADDRINUSE" });
});

test("a debugger that stays after its gateway has closed is not kept", async (t) => {
  const door = await opened(t, { active: await inspected(t, "first") });
  const socket = net.connect({ port: door.address().port, host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.write("hello");
  await once(socket.resume(), "end");
  await until(async () => (await connections(door)) === 0, "its connection is closed here");
});
