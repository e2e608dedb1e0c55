import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import net from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { stuckAt } from "../stuck.mjs";
import { put, scratch, until } from "./support.mjs";

/** Without an end, but for that of the test that started it. */
const LOOP = "while (process.ppid === Number(process.argv[2]));\n";
/** Until a file is there. */
const ENDS = 'import { existsSync } from "node:fs";\n';
const WAITS = LOOP.replace("));", ") && !existsSync(process.argv[3]));");

/** A process that runs these files, the first one first, and is in a loop. */
async function running(t, files) {
  const root = scratch(t, files);
  const end = join(root, "end");
  const words = ["--inspect=127.0.0.1:0", join(root, Object.keys(files)[0]), process.pid, end];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const [line] = await once(createInterface({ input: child.stderr }), "line");
  const port = Number(/^Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)[1]);
  const ended = once(child, "exit");
  const layer = join(root, "layer");
  /** Where it is, once it has come as far as into a file of its own. */
  const place = () => until(() => stuckAt(port, layer), "it is in the layer");
  return { layer, place, port, end: () => (put(end, ""), ended) };
}

/** No debugger, but something that is taken for one, which says where it listens for questions. */
async function pretended(t, answer) {
  const server = createServer((_, response) => response.end(answer)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return server.address().port;
}

const at = (port) => JSON.stringify([{ webSocketDebuggerUrl: `ws://127.0.0.1:${port}/` }]);

test("the innermost place in the layer is told, and it goes on as before", async (t) => {
  const code = `${ENDS}\nfunction wait() {\n  ${WAITS}}\nwait();\n`;
  const { layer, place, end } = await running(t, { "layer/a.mjs": code });
  assert.deepEqual(await place(), { file: join(layer, "a.mjs"), line: 4, imports: false });
  assert.equal((await place()).line, 4, "it can be asked again");
  assert.deepEqual(await end(), [0, null]);
});

test("what the layer calls is not its own, and may be what transpiles an import", async (t) => {
  for (const [where, imports] of [["node_modules/jiti/dist/jiti.mjs", true], ["node_modules/p/jiti.mjs", false]]) {
    const code = `import { run } from "../${where}";\n\n\nrun();\n`;
    const own = `export function run() {\n  ${LOOP}}\n`;
    const { layer, place } = await running(t, { "layer/a.mjs": code, [where]: own });
    assert.deepEqual(await place(), { file: join(layer, "a.mjs"), line: 4, imports }, where);
  }
});

test("that the layer itself was called by what transpiles is no import", async (t) => {
  const caller = 'import { run } from "../../../layer/a.mjs";\nrun();\n';
  const code = `export function run() {\n  ${LOOP}}\n`;
  const files = { "node_modules/jiti/dist/jiti.mjs": caller, "layer/a.mjs": code };
  const { layer, place } = await running(t, files);
  assert.deepEqual(await place(), { file: join(layer, "a.mjs"), line: 2, imports: false });
});

test("a loop elsewhere is nowhere in the layer, be it beside it under such a name", async (t) => {
  const { layer, port } = await running(t, { "layer-2/a.mjs": LOOP });
  assert.ok(await until(() => stuckAt(port, `${layer}-2`), "it runs"));
  assert.equal(await stuckAt(port, layer), null);
});

test("without a debugger it is not known", async (t) => {
  const closed = await pretended(t, "");
  assert.equal(await stuckAt(null, "/layer"), null);
  assert.equal(await stuckAt(closed, "/layer"), null, "it says nothing");
  assert.equal(await stuckAt(await pretended(t, "[]"), "/layer"), null, "it has nothing to ask");
});

/** Waits for 5 s, and is told by the test when they are over. */
function patience(t) {
  const controller = new AbortController();
  const asked = t.mock.method(AbortSignal, "timeout", () => controller.signal);
  return { over: () => controller.abort(), asked };
}

test("a debugger that cannot be talked to is not waited for", { timeout: 10_000 }, async (t) => {
  patience(t);
  const port = await pretended(t, ""); // which answers, but with no word of a debugger
  assert.equal(await stuckAt(await pretended(t, at(port)), "/layer"), null);
});

test("one that does not answer is left after 5 s", { timeout: 10_000 }, async (t) => {
  const { over, asked } = patience(t);
  const sockets = [];
  const silent = net.createServer((socket) => sockets.push(socket.resume())).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => silent.close());
  const found = stuckAt(await pretended(t, at(silent.address().port)), "/layer");
  await until(() => sockets.length === 1, "it is asked");
  const left = once(sockets[0].on("error", () => {}), "close");
  over();
  assert.equal(await found, null);
  assert.deepEqual(asked.mock.calls[0].arguments, [5_000]);
  await left;
});
