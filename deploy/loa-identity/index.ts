// The identity layer as the gateway loads it.
import manifest from "./clawdbot.plugin.json" with { type: "json" };
import { readEnvironment } from "./environment.ts";
import type { Plugin } from "./gateway.ts";
import { Layer } from "./layer.ts";
import { revisionOf } from "./revision.ts";
import { registerRoutes } from "./routes.ts";

const plugin: Plugin = {
  id: manifest.id,
  name: manifest.name,
  description: manifest.description,
  register(api) {
    const environment = readEnvironment();
    const layer = new Layer(environment);
    const sources = revisionOf(import.meta.dirname);
    registerRoutes(api, layer, {
      layer: manifest.version,
      ...sources,
      image: environment.imageRevision,
    });
    api.registerService(layer);
  },
};

export default plugin;
