// Port 3000: says whether the gateway serves the layer, for as long as the container lives.
//
//   node server.mjs --status FILE   what the start script is doing, see report in supervise.sh
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { askLayer, loggedError, processOf } from "./gateway.mjs";
import { judge } from "./status.mjs";

const { values: options } = parseArgs({
  options: {
    status: { type: "string" },
    port: { type: "string", default: "3000" },
    gateway: { type: "string", default: "18789" },
    logs: { type: "string" },
  },
});

/** With what remains this answers within a second, whatever the gateway does. */
const PATIENCE_MS = 800;

let lastHealthy = 0;

const readState = () => readFileSync(options.status, "utf8");

/** What the start script is doing, and what the layer answered meanwhile. */
async function ask() {
  const text = readState();
  const state = JSON.parse(text);
  if (state.phase !== "running") return [state, null];
  const answer = await askLayer(Number(options.gateway), PATIENCE_MS);
  const later = readState();
  // If the script went on meanwhile, the answer was another gateway's.
  return later === text ? [state, answer] : [JSON.parse(later), null];
}

async function look() {
  const [state, answer] = await ask();
  const { generation, cause, since, pid } = state;
  const gateway = pid === null ? null : processOf(pid);
  const facts = { answer, alive: gateway !== null, served: lastHealthy === generation };
  const { status, error = null } = judge(state, { ...facts, now: Date.now() });
  if (status === "healthy") lastHealthy = generation;
  const logged = answer === "other" ? loggedError(since, options.logs) : null;
  const layer = answer?.pid === pid ? answer : null;
  return { status, generation, cause: cause || null, since, gateway, layer, error: logged ?? error };
}

// Many who ask at once get one look.
let looking = null;

function sharedLook() {
  looking ??= look().finally(() => (looking = null));
  return looking;
}

async function answer({ method, url }) {
  if (!/^\/health(\?|$)/.test(url)) return [404, { error: "there is only /health" }];
  if (method !== "GET" && method !== "HEAD") return [405, { error: "only GET and HEAD" }];
  const body = await sharedLook();
  return [body.status === "healthy" ? 200 : 503, body];
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request);
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  if (status === 405) headers.Allow = "GET, HEAD";
  response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
});

server.listen(Number(options.port));
