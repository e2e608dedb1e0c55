// What the layer answers on the gateway's port: JSON, for anybody who can reach it, so no secrets.
import type { GatewayApi, Handler } from "./gateway.ts";

/** Serves each body under /loa/ by its name; one whose status is "failed" goes out as 503. */
export function registerRoutes(api: GatewayApi, bodies: Record<string, () => object>): void {
  for (const [name, make] of Object.entries(bodies)) {
    api.registerHttpRoute({ path: `/loa/${name}`, handler: answering(make) });
  }
}

function answering(make: () => { status?: string }): Handler {
  return ({ method }, response) => {
    const allowed = method === "GET" || method === "HEAD";
    const body = allowed ? make() : { status: "refused", error: "only GET and HEAD" };
    const status = !allowed ? 405 : body.status === "failed" ? 503 : 200;
    response.setHeader("Allow", "GET, HEAD").setHeader("Cache-Control", "no-store");
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(`${JSON.stringify(body)}\n`);
  };
}
