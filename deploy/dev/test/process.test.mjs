// A gateway's process: what it is given, what it prints, and what was on the way to it when it ends.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import net from "node:net";
import { test } from "node:test";
import { scripted } from "./stage.mjs";
import { hurry, quiet, settle, until } from "./support.mjs";

/** What a gateway was given of these variables. */
async function given(t, names, bundle) {
  const gateway = scripted(t, "process.send({ env: process.env });", bundle);
  const [{ env }] = await once(gateway.process, "message");
  return names.map((name) => env[name]);
}

test("two may run at once, and each has its own socket", async (t) => {
  const names = ["CLAWDBOT_ALLOW_MULTI_GATEWAY", "LOA_GATEWAY_SOCKET"];
  const [one, other] = [await given(t, names), await given(t, names)];
  assert.deepEqual([one[0], other[0]], ["1", "1"]);
  assert.notEqual(one[1].replace(/.*\//, ""), other[1].replace(/.*\//, ""));
});

test("it is told what to load before all else", async (t) => {
  const [preload] = await given(t, ["LOA_GATEWAY_PRELOAD"]);
  assert.ok(existsSync(new URL(preload)), preload);
});

test("it is told of the gateway in one file, if there is one", async (t) => {
  const names = ["LOA_GATEWAY_BUNDLE", "LOA_GATEWAY_ENTRY"];
  assert.deepEqual(await given(t, names), [undefined, undefined]);
  const [bundle, entry] = await given(t, names, "/bundle");
  assert.equal(bundle, "/bundle");
  assert.ok(existsSync(entry), entry);
});

for (const [inspected, maps] of [[undefined, undefined], ["0", undefined], ["1", "1"]]) {
  test(`with LOA_INSPECT=${inspected}, source maps are ${maps ? "" : "not "}made for a debugger`, async (t) => {
    const { LOA_INSPECT: before } = process.env;
    t.after(() => (before === undefined ? delete process.env.LOA_INSPECT : (process.env.LOA_INSPECT = before)));
    if (inspected === undefined) delete process.env.LOA_INSPECT;
    else process.env.LOA_INSPECT = inspected;
    assert.deepEqual(await given(t, ["JITI_SOURCE_MAPS"]), [maps]);
  });
}

/** Keeps from being printed what a gateway is to say, and returns it; the rest is the tests' own. */
function printing(t, words) {
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    const { write } = process[name];
    t.mock.method(process[name], "write", (text, ...rest) => {
      if (!words.test(text)) return write.call(process[name], text, ...rest);
      printed[name] += text;
      return true;
    });
  }
  return printed;
}

test("what it prints is printed, but for what only a debugger's user would read", async (t) => {
  const printed = printing(t, /^(out|err|Debugger|For help)/);
  const gateway = scripted(
    t,
    `console.log("out 1");
     for (const it of ["listening on ws://x", "attached.", "ending"]) console.error("Debugger " + it);
     console.error("For help, see: https://nodejs.org/en/docs/inspector");
     console.error("err 1");`,
  );
  await Promise.all([once(gateway.process, "close"), gateway.exited]);
  await until(() => printed.stderr.includes("err") && printed.stdout, "all is printed");
  assert.deepEqual(printed, { stdout: "out 1\n", stderr: "err 1\n" });
});

for (const [more, wanted] of [[59, "Error: old"], [60, "the gateway ended while it loaded the layer"]]) {
  test(`an error that ${more} lines came after is ${more < 60 ? "" : "not "}taken for why it ended`, async (t) => {
    printing(t, /^(Error: old|and more)\n$/);
    const code = `console.log("Error: old" + "\\nand more".repeat(${more}));`;
    const { text } = await scripted(t, code).load(10_000, assert.fail);
    assert.equal(text, wanted);
  });
}

test("how it ended is told, and what it was before", async (t) => {
  const gateway = scripted(t, "setInterval(() => {}, 1_000);");
  const told = [];
  gateway.on("exit", (how) => told.push(how));
  gateway.activate();
  process.kill(gateway.pid, "SIGKILL");
  await gateway.exited;
  await settle();
  assert.equal(gateway.state, "ended");
  assert.deepEqual(told, [{ before: "active", status: null, signal: "SIGKILL" }]);
});

/** Connections on their way to a gateway that does not take them, and those that come back. */
async function onTheWay(t, count, gateway = scripted(t, "setInterval(() => {}, 1_000);"), signal = "SIGSTOP") {
  quiet(t);
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const back = [];
  gateway.on("untaken", (socket) => back.push(socket));
  const sockets = [];
  for (let number = 0; number < count; number += 1) {
    const client = net.connect(server.address().port, "127.0.0.1").on("error", () => {});
    const [socket] = await once(server, "connection");
    t.after(() => (client.destroy(), socket.destroy()));
    sockets.push(socket);
  }
  t.after(() => server.close());
  process.kill(gateway.pid, signal);
  for (const socket of sockets) assert.equal(gateway.take(socket), true);
  return { gateway, sockets, back };
}

test("a connection that it did not take comes back when it has ended", async (t) => {
  const { gateway, sockets, back } = await onTheWay(t, 1);
  await gateway.kill();
  await until(() => back.length > 0, "it is back");
  assert.deepEqual(back, sockets);
});

test("… at once, if it had it, and all that it printed has been read", async (t) => {
  const has = 'process.on("message", ({ connection }) => process.send({ inspector: connection }));';
  const gateway = scripted(t, has);
  const { sockets, back } = await onTheWay(t, 1, gateway, "SIGCONT");
  await until(() => gateway.inspectorPort, "it has it");
  const passed = hurry(t, 0.1);
  await gateway.kill();
  await until(() => back.length > 0, "it is back");
  assert.ok(passed() < 50, `${passed()} ms`);
  assert.deepEqual(back, sockets);
});

test("… soon, though what it started still has its output open", async (t) => {
  const keeps = '{ stdio: "inherit", detached: true }';
  const code = `process.send({ inspector: require("node:child_process").spawn("sleep", ["60"], ${keeps}).pid });`;
  const gateway = scripted(t, `${code}setInterval(() => {}, 1_000);`);
  const pid = await until(() => gateway.inspectorPort, "it has begun");
  t.after(() => process.kill(pid));
  const { sockets, back } = await onTheWay(t, 1, gateway);
  const passed = hurry(t, 5);
  await gateway.kill();
  await until(() => back.length > 0, "it is back");
  assert.ok(passed() >= 100 && passed() < 900, `${passed()} ms`);
  assert.deepEqual(back, sockets);
});

test("none is handed to one that cannot be told of it any more", async (t) => {
  const { gateway, sockets } = await onTheWay(t, 1);
  gateway.process.disconnect();
  assert.equal(gateway.take(sockets[0]), false);
});

test("one that it said it took, and was heard late, does not; and it gets no more", async (t) => {
  const { gateway, sockets, back } = await onTheWay(t, 2);
  gateway.once("exit", () => {
    gateway.process.connected = true; // as Node has it for a while, now and then
    assert.equal(gateway.take(sockets[1]), false);
    gateway.process.connected = false;
    gateway.process.emit("message", { taken: 1 });
  });
  await gateway.kill();
  await until(() => back.length > 0, "the other one is back");
  await settle();
  assert.deepEqual(back, [sockets[1]]);
  assert.equal(sockets[0].destroyed, true);
});

test("one that it took does not come back when it has ended", async (t) => {
  const { gateway, sockets, back } = await onTheWay(t, 2);
  gateway.process.emit("message", { taken: 1 });
  await gateway.kill();
  await until(() => back.length > 0, "the other one is back");
  assert.deepEqual(back, [sockets[1]]);
});
