// Port 3000: says whether the gateway serves the layer, for as long as the container lives. With the
// gateway's token it gives the identity state too, for the Worker to keep.
//
//   node server.mjs --status FILE   what the start script is doing, see report in supervise.sh
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { backup, hasToken } from "./backup.mjs";
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
const revision = process.env.LOA_IMAGE_REVISION || null;

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
  const about = { generation, cause: cause || null, since, revision };
  return { status, ...about, gateway, layer, error: logged ?? error };
}

// Many who ask at once get one look.
let looking = null;

function sharedLook() {
  looking ??= look().finally(() => (looking = null));
  return looking;
}

async function health() {
  const body = await sharedLook();
  return [body.status === "healthy" ? 200 : 503, body];
}

async function identity({ headers }) {
  if (!hasToken(headers)) return [401, { error: "only with the gateway's token" }];
  try {
    return [200, await backup()];
  } catch (error) {
    return [503, { error: error.message }];
  }
}

const ROUTES = { "/health": health, "/backup": identity };

async function answer(request) {
  const path = request.url.replace(/\?.*/, "");
  const route = Object.hasOwn(ROUTES, path) && ROUTES[path];
  if (!route) return [404, { error: "there is only /health" }];
  if (!["GET", "HEAD"].includes(request.method)) return [405, { error: "only GET and HEAD" }];
  return await route(request);
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request);
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  if (status === 405) headers.Allow = "GET, HEAD";
  response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
});

server.listen(Number(options.port));
