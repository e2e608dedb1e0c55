// What the layer answers on the gateway's port: JSON, for anybody who can reach it, so no secrets.
import type { ServerResponse } from "node:http";
import type { GatewayApi, Handler } from "./gateway.ts";
import type { Layer } from "./layer.ts";

export interface Version {
  layer: string;
  revision: string;
  sources: number;
  image: string | null;
}

export function registerRoutes(api: GatewayApi, layer: Layer, version: Version): void {
  api.registerHttpRoute({ path: "/loa/version", handler: answering(() => [200, version]) });
  api.registerHttpRoute({
    path: "/loa/health",
    handler: answering(() => {
      const health = layer.health();
      return [health.ok ? 200 : 503, health];
    }),
  });
}

function answering(make: () => [status: number, body: object]): Handler {
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      send(response, 405, { error: "only GET and HEAD" });
    } else {
      send(response, ...make());
    }
    return true;
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Cache-Control", "no-store");
  response.end(`${JSON.stringify(body)}\n`);
}
