// Port 3000: says whether the gateway serves the layer, for as long as the container lives.
//
// The start script writes what it is doing to LOA_STATUS_FILE; the gateway is asked itself.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { statusOf } from "./status.mjs";

const port = Number(process.env.LOA_HEALTH_PORT ?? 3000);
const gateway = `http://127.0.0.1:${process.env.LOA_GATEWAY_PORT ?? 18789}`;
const statusFile = process.env.LOA_STATUS_FILE ?? "/dev/shm/loa-status.json";
const PATIENCE_MS = 1000;

/** What the start script says it is doing; nothing yet is a start too. */
function readPhase() {
  try {
    return JSON.parse(readFileSync(statusFile, "utf8"));
  } catch {
    return { phase: "starting", generation: 0 };
  }
}

/** What the gateway answers to the layer's own route: its JSON, "other" for anything else, or null. */
async function askLayer() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(`${gateway}/loa/health`, { signal });
    const body = await answer.text();
    // The gateway itself answers unknown paths too; only the layer answers with this object.
    const layer = body.startsWith("{") ? JSON.parse(body) : null;
    return typeof layer?.ok === "boolean" ? layer : "other";
  } catch {
    return null;
  }
}

let served = 0;

/** The whole answer; remembers which generation has answered, to tell a start from an end. */
async function look() {
  const phase = readPhase();
  const body = statusOf(phase, await askLayer(), served);
  if (body.layer) served = phase.generation;
  return body;
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://health");
  if (pathname !== "/health") return send(response, 404, { error: "there is only /health" });
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return send(response, 405, { error: "only GET and HEAD" });
  }
  const body = await look();
  return send(response, body.status === "healthy" ? 200 : 503, body);
});

function send(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}

server.listen(port, () => console.log(`health: on port ${server.address().port}`));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
