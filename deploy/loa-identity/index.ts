// The identity layer as the gateway loads it.
import { loaded } from "./revision.ts"; // first, see there
import manifest from "./clawdbot.plugin.json" with { type: "json" };
import { readEnvironment } from "./environment.ts";
import type { GatewayApi } from "./gateway.ts";
import { Layer } from "./layer.ts";
import { registerRoutes } from "./routes.ts";

const { id, name, description, version } = manifest;

function register(api: GatewayApi): void {
  const environment = readEnvironment();
  const layer = new Layer(environment, (message) => api.logger.error(message));
  const about = { layer: version, ...loaded, image: environment.imageRevision };
  registerRoutes(api, { version: () => about, health: () => layer.health() });
  api.registerService(layer);
}

export default { id, name, description, register };
