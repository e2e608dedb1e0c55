// The Worker in front of the container: says how it is to anybody, and lets in who has the token.
//
//   /health     for anybody: the Worker's version, the image's revision, whether the gateway runs
//   /admin/…    with the token, see admin.ts
//   all else    with the token, to the gateway
import { getContainer } from "@cloudflare/containers";
import { admin } from "./admin.ts";
import type { Env } from "./env.ts";
import type { Health } from "./health.ts";
import { hasToken } from "./token.ts";

export { LoaContainer } from "./container.ts";

export default {
  async fetch(request, env): Promise<Response> {
    const path = new URL(request.url).pathname;
    const response = await route(request, path, env);
    // Of the address only the path: a query may hold what nobody should read later.
    if (path !== "/health") console.log(`${request.method} ${path} ${response.status}`);
    return response;
  },

  async scheduled(_event, env): Promise<void> {
    await getContainer(env.LOA).backUp();
  },
} satisfies ExportedHandler<Env>;

async function route(request: Request, path: string, env: Env): Promise<Response> {
  if (path === "/health") return await health(request, env);
  if (!(await hasToken(request, env.CLAWDBOT_GATEWAY_TOKEN))) return refused();
  if (path.startsWith("/admin/")) return await admin(request, path, env);
  return await getContainer(env.LOA).fetch(request);
}

async function health({ method }: Request, env: Env): Promise<Response> {
  if (method !== "GET" && method !== "HEAD") {
    return Response.json({ error: "only GET and HEAD" }, { status: 405, headers: { Allow: "GET, HEAD" } });
  }
  const seen = await look(env);
  const status = seen.gateway === "running" ? 200 : 503;
  const body = { version: env.VERSION.id, ...seen };
  return Response.json(body, { status, headers: { "Cache-Control": "no-store" } });
}

async function look(env: Env): Promise<Health> {
  try {
    return await getContainer(env.LOA).health();
  } catch (error) {
    console.error(`the container could not be asked: ${String(error)}`);
    return { revision: "", gateway: "stopped" };
  }
}

function refused(): Response {
  const headers = { "WWW-Authenticate": "Bearer" };
  return Response.json({ error: "only with the gateway's token" }, { status: 401, headers });
}
