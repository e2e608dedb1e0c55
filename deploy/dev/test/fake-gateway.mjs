// Stands for the gateway: loads `layer.mjs` of its layer as soon as the preload lets it, answers for
// it, and ends in good order on SIGTERM.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const [, , layer] = process.argv;
const { answer } = await import(join(layer, "layer.mjs"));

let ends = false;
const server = createServer(async (request, response) => {
  if (request.url === "/loa/health") return response.end(await answer());
  if (request.url === "/loop") for (;;);
  if (request.url === "/slow") {
    appendFileSync(join(layer, "slow"), "");
    return setTimeout(() => response.end(`${process.pid}${ends ? " at its end" : ""}`), 300);
  }
  for await (const chunk of request) void chunk;
  response.end(`${process.pid}`);
});
server.on("upgrade", (_, socket) => {
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  socket.on("data", () => socket.write(`${process.pid}\n`));
});
process.on("SIGTERM", () => {
  ends = true;
  appendFileSync(join(layer, "ended"), `${process.pid}\n`);
  server.closeIdleConnections();
  server.close(() => process.exit(0));
});
server.listen(18789);
