// What the layer uses of the gateway's plugin interface: it is not installed beside the sources.
import type { IncomingMessage, ServerResponse } from "node:http";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface GatewayApi {
  logger: { error(message: string): void };
  registerHttpRoute(route: { path: string; handler: Handler }): void;
  registerService(service: { id: string; start(): void; stop(): Promise<void> }): void;
}
