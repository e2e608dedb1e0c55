// Loaded into every gateway of the handover before the gateway itself, see ../gateway.mjs. It gets
// as far as a gateway can get without the layer, and waits there for the word to go on.
import inspector from "node:inspector";
import { readFileSync, writeFileSync } from "node:fs";
import { keepCompiled } from "../bundle/load.mjs";
import { handConnectionsOver } from "./connections.mjs";
import { diagnose } from "./diagnose.mjs";
import { dropHashes, forgetHashes, readHashes } from "./hashes.mjs";
import { importAll, loadedModules } from "./modules.mjs";
import { warmTranspiler } from "./transpiler.mjs";

const PORT = 18789;
const tell = (message) => process.connected && process.send(message);

const SCORE = "/proc/self/oom_score_adj";
const given = readFileSync(SCORE, "utf8");

/** Of all processes in the container, the kernel is to end one that waits first. */
function expendable(value) {
  try {
    writeFileSync(SCORE, value ? "1000" : given);
  } catch {
    // Not everywhere is a process allowed to; then the kernel chooses by size.
  }
}

const connections = handConnectionsOver(PORT, process.env.LOA_GATEWAY_SOCKET);
/** What it was warmed with, if all of it loads: to look again would hold up each save. */
let known = null;
let goOn;
const told = new Promise((resolve) => (goOn = resolve));

const orders = {
  go({ touched }) {
    forgetHashes(touched);
    goOn();
  },
  active: () => expendable(false),
  connection({ connection: number }, socket) {
    tell({ taken: number });
    if (socket) connections.take(socket);
  },
  received: () => connections.received(),
  async retire() {
    await connections.giveBack();
    tell({ retired: true });
  },
  ping: () => tell({ pong: true }),
  diagnose: async ({ diagnose: layer }) => tell({ diagnosis: await diagnose(layer) }),
  async warm({ warm: modules, layer }) {
    const started = performance.now();
    const failed = await importAll(modules);
    warmTranspiler();
    readHashes(layer);
    known = failed.length === 0 ? modules : null;
    tell({ warm: performance.now() - started, failed });
  },
};

process.on("message", (message, handle) => {
  for (const name of Object.keys(message)) orders[name]?.(message, handle);
});
// Whoever started it is gone, and with it the only way in.
process.on("disconnect", () => process.exit());

expendable(true);
// For ../stuck.mjs and for `harness dev --inspect`; on this container's own loopback.
inspector.open(0, "127.0.0.1");
tell({ inspector: Number(new URL(inspector.url()).port) });
connections.listening.then(() => {
  dropHashes();
  keepCompiled(); // before it serves: it takes half a second, the first time
  tell({ listening: true, modules: known ?? loadedModules() });
});
await told;
