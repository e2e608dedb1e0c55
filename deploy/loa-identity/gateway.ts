// The part of the gateway's plugin interface that the layer uses. The gateway itself is not
// installed beside the sources, and an editor should not be red because of that.
import type { IncomingMessage, ServerResponse } from "node:http";

export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface GatewayApi {
  registerHttpRoute(route: { path: string; handler: Handler }): void;
  registerService(service: Service): void;
}

export interface Service {
  id: string;
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
}

export interface Plugin {
  id: string;
  name: string;
  description: string;
  register(api: GatewayApi): void;
}
