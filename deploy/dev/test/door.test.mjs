import assert from "node:assert/strict";
import net from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Door } from "../door.mjs";
import { settle, until } from "./support.mjs";

const REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/** A door on a port of its own, and a way to come to it. */
async function opened(t) {
  const door = new Door();
  const port = await door.listen(0);
  const visit = () => net.connect(port, "127.0.0.1").on("error", assert.fail);
  t.after(() => door.close());
  return { door, visit };
}

/** Stands for a gateway: answers each connection with its name. */
function gateway(name, willing = () => true) {
  const taken = [];
  const take = (socket) => {
    if (!willing()) return false;
    taken.push(socket);
    socket.end(name);
    return true;
  };
  return { taken, take };
}

/** Until so many connections have come in. */
const waiting = (t, door, count) => {
  const give = t.mock.method(door, "give");
  return () => until(() => give.mock.callCount() >= count, `${count} connections`);
};

test("connections go to the gateway that serves, from one moment to the next", async (t) => {
  const { door, visit } = await opened(t);
  door.leadTo(gateway("one"));
  assert.equal(await text(visit()), "one");
  door.leadTo(gateway("two"));
  assert.equal(await text(visit()), "two");
});

test("nothing of a connection is read before it is handed over", async (t) => {
  const { door, visit } = await opened(t);
  const read = [];
  const take = (socket) => {
    read.push(socket.bytesRead);
    socket.resume().once("data", (request) => socket.end(request));
    return true;
  };
  const visitor = visit();
  visitor.write(REQUEST);
  await waiting(t, door, 1)();
  door.leadTo({ take });
  assert.equal(await text(visitor), REQUEST);
  assert.deepEqual(read, [0]);
});

test("connections wait while there is no gateway, and are served in order by the next", async (t) => {
  const { door, visit } = await opened(t);
  const arrived = waiting(t, door, 3);
  door.leadTo(gateway("old"));
  door.leadNowhere();
  const answers = [visit(), visit(), visit()].map((it) => text(it));
  await arrived();
  const next = gateway("next");
  door.leadTo(next);
  assert.deepEqual(await Promise.all(answers), ["next", "next", "next"]);
  assert.equal(next.taken.length, 3);
});

test("a gateway that takes no connection keeps it waiting for the next", async (t) => {
  const { door, visit } = await opened(t);
  const arrived = waiting(t, door, 1);
  door.leadTo(gateway("ended", () => false));
  const answer = text(visit());
  await arrived();
  door.leadTo(gateway("next"));
  assert.equal(await answer, "next");
});

test("one that waits is offered to each gateway once", async (t) => {
  const { door, visit } = await opened(t);
  const arrived = waiting(t, door, 1);
  const answer = text(visit());
  await arrived();
  let offers = 0;
  door.leadTo(gateway("ended", () => (offers += 1) > 9));
  assert.equal(offers, 1);
  door.leadTo(gateway("next"));
  assert.equal(await answer, "next");
});

test("after 3 s a connection is told that nobody serves, in words that a client reads", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { door, visit } = await opened(t);
  const arrived = waiting(t, door, 1);
  const visitor = visit();
  visitor.write(REQUEST.repeat(1_000)); // what is not read must not have the connection reset
  let answered = false;
  const answer = text(visitor).then((it) => ((answered = true), it));
  await arrived();
  t.mock.timers.tick(2_999);
  await settle();
  assert.equal(answered, false);
  t.mock.timers.tick(1);
  const [head, body] = (await answer).split("\r\n\r\n");
  assert.deepEqual(head.split("\r\n"), [
    "HTTP/1.1 503 Service Unavailable",
    "Content-Type: application/json",
    "Retry-After: 1",
    `Content-Length: ${body.length}`,
    "Connection: close",
  ]);
  assert.deepEqual(JSON.parse(body), { error: "no gateway serves just now; port 3000 says why" });
  const [[socket]] = door.give.mock.calls.map((it) => it.arguments);
  await until(() => socket.destroyed, "nothing is left of it in here");
});

test("one that was served, or sent away, is offered to no other gateway", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { door, visit } = await opened(t);
  const arrived = waiting(t, door, 2);
  const visits = [visit(), visit()];
  await arrived();
  let offers = 0;
  const first = gateway("first", () => (offers += 1) === 1);
  door.leadTo(first);
  assert.equal(first.taken.length, 1);
  t.mock.timers.tick(3_000);
  const next = gateway("next");
  door.leadTo(next);
  assert.deepEqual(next.taken, []);
  const answers = await Promise.all(visits.map((it) => text(it)));
  assert.deepEqual(answers.map((it) => it.slice(0, 12)).sort(), ["HTTP/1.1 503", "first"]);
});

test("a door that is closed waits for nothing, so that the process can end", async (t) => {
  const { door, visit } = await opened(t);
  const arrived = waiting(t, door, 1);
  const answer = text(visit());
  await arrived();
  const timers = () => process.getActiveResourcesInfo().filter((it) => it === "Timeout").length;
  const before = timers();
  door.close();
  assert.equal(timers(), before - 1);
  assert.match(await answer, /^HTTP\/1\.1 503/);
});

test("a port that is taken is said", async (t) => {
  const door = new Door();
  const port = await door.listen(0);
  t.after(() => door.close());
  await assert.rejects(new Door().listen(port), { code: "EADDRINUSE" });
});

test("one that was served after it waited is not sent away later", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { door, visit } = await opened(t);
  const arrived = waiting(t, door, 1);
  const answer = text(visit());
  await arrived();
  const taken = [];
  door.leadTo({ take: (socket) => taken.push(socket) });
  t.mock.timers.tick(3_000);
  taken[0].end("served");
  assert.equal(await answer, "served");
});

test("one that left meanwhile harms nobody", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { door, visit } = await opened(t);
  const arrived = waiting(t, door, 2);
  visit().resetAndDestroy();
  const answer = text(visit());
  await arrived();
  t.mock.timers.tick(3_000);
  assert.match(await answer, /^HTTP\/1\.1 503/);
});

test("a door that is closed sends away who waits, and who comes back", async (t) => {
  const { door, visit } = await opened(t);
  const arrived = waiting(t, door, 1);
  const answer = text(visit());
  await arrived();
  const back = [];
  door.leadTo({ take: (socket) => back.push(socket) });
  const returned = text(visit());
  await until(() => back.length === 2, "both are taken");
  door.close();
  back.forEach((socket) => door.give(socket));
  assert.match(await answer, /^HTTP\/1\.1 503/);
  assert.match(await returned, /^HTTP\/1\.1 503/);
});
