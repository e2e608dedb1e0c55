// Port 3000: whether the gateway serves the layer, what happens, and the few orders it takes.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { resolve } from "node:path";
import { processOf } from "../health/gateway.mjs";
import { stamp } from "./log.mjs";

/** With what remains this answers within a second, whatever the gateway does. */
const PATIENCE_MS = 800;
/** A web page cannot send it without asking first, and is not answered. */
const HEADER = "x-loa-reloader";
const MOST_FILES = 10_000;

/**
 * @param {object} parts
 * @param {import("./reload.mjs").Reload} parts.reload
 * @param {import("./report.mjs").Report} parts.report
 * @param {import("./notice.mjs").Notice} parts.notice
 */
export function serve(port, parts) {
  const server = createServer((request, response) => {
    route(parts, request, response).catch((error) => {
      if (!response.headersSent) answer(response, 500, { error: error.message });
    });
  });
  return new Promise((done, failed) => server.once("error", failed).listen(port, () => done(server)));
}

async function route(parts, request, response) {
  const path = request.url.replace(/\?.*/, "");
  const reads = request.method === "GET" || request.method === "HEAD";
  if (reads && path === "/health") return await health(parts, response);
  if (reads && path === "/events") return await events(parts, response);
  if (reads && path.startsWith("/sentinel/")) {
    return answer(response, 200, { seen: parts.notice.sawSentinel(path.slice("/sentinel/".length)) });
  }
  const order = { "/restart": restart, "/changed": changed }[path];
  if (!order && path !== "/health" && path !== "/events") {
    return answer(response, 404, { error: "there is /health and /events" });
  }
  if (!order || request.method !== "POST") {
    response.setHeader("Allow", order ? "POST" : "GET, HEAD");
    return answer(response, 405, { error: `only ${order ? "POST" : "GET and HEAD"}` });
  }
  if (!request.headers[HEADER]) return answer(response, 403, { error: `without ${HEADER}` });
  return await order(parts, request, response);
}

async function restart({ reload }, _, response) {
  reload.restart("restart");
  answer(response, 202, {});
}

async function changed({ notice }, request, response) {
  const body = await json(request).catch(() => null);
  const files = body?.files;
  const sound = Array.isArray(files) && files.length <= MOST_FILES && files.every(isName);
  if (!sound) return answer(response, 400, { error: "files must be a list of names" });
  notice.told(files.map((name) => resolve(notice.workspace, name)));
  answer(response, 202, {});
}

const isName = (it) => typeof it === "string" && !/^\/|\0|(^|\/)\.\.(\/|$)/.test(it);

async function health(parts, response) {
  const body = state(parts, await askActive(parts));
  answer(response, body.serves ? 200 : 503, { ...body, serves: undefined });
}

async function events(parts, response) {
  response.writeHead(200, { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" });
  const layer = await askActive(parts);
  if (response.destroyed) return;
  const tell = (event) => response.write(`${JSON.stringify(event)}\n`);
  // From here on nothing is waited for, so that no event is missed in between.
  tell({ event: "state", at: stamp(), ...state(parts, layer) });
  response.on("close", parts.report.follow(tell));
}

/** What the layer answers; asked again if another gateway has taken over meanwhile. */
async function askActive({ reload }) {
  const { active } = reload;
  const layer = active ? await active.health(PATIENCE_MS) : null;
  return active === reload.active ? layer : await askActive({ reload });
}

/** All that is known just now. */
function state({ reload, report, notice }, layer) {
  const { active, standby } = reload;
  const { status, serves, error } = judge(report, active, layer);
  const { generation, cause, since, failure, phases } = report;
  return {
    status,
    reloader: "handover",
    generation,
    cause,
    since,
    revision: process.env.LOA_IMAGE_REVISION || null,
    gateway: active && processOf(active.pid),
    layer: typeof layer === "object" ? layer : null,
    error,
    failure,
    loading: reload.loads,
    silent: reload.loads && report.isSilent,
    phases,
    standby: { ...standby, residentBytes: processOf(standby.pid)?.residentBytes ?? null },
    watch: notice.figures,
    serves,
  };
}

function judge({ phase, failure, error, generation }, active, layer) {
  if (phase === "stopping") return { status: "stopped", serves: false, error: null };
  if (!active && phase === "ended") return { status: "stopped", serves: false, error };
  if (!active && failure) return { status: "broken", serves: false, error };
  if (!active) return { status: generation > 0 ? "reloading" : "starting", serves: false, error: null };
  if (layer === null || layer === "other") {
    return { status: "broken", serves: false, error: "the gateway does not answer" };
  }
  if (layer.status === "failed") {
    return { status: "broken", serves: false, error: layer.wal?.error ?? "the layer failed" };
  }
  if (failure) return { status: "broken", serves: true, error };
  // The log is opened once the gateway before has closed it.
  const comes = phase === "reloading" || layer.status === "waiting";
  return { status: comes ? "reloading" : "healthy", serves: true, error: null };
}

function answer(response, status, body) {
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
}
