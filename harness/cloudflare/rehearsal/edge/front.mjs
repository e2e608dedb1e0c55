// The address of a Worker. It stays while what serves behind it is exchanged: meanwhile requests are
// held, and those under way are given the time to end. Cloudflare has no such moment; what is held
// here for 0.3 s is not held there.
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "./sidecar.mjs";

const TIME_TO_END_MS = 3_000;

export class Front {
  #port = null;
  #open = Promise.resolve();
  #under_way = new Set();
  #upgraded = new Set();

  constructor() {
    this.server = createServer((request, response) => this.#lead(request, response));
    this.server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async listen(port) {
    await once(this.server.listen(port, "127.0.0.1"), "listening");
  }

  /** Holds requests while `change` goes on; it returns the port that serves from then on. */
  async exchange(change) {
    const { promise, resolve } = Promise.withResolvers();
    this.#open = promise;
    try {
      await this.#drain();
      this.#port = await change();
    } finally {
      resolve();
    }
  }

  async close() {
    for (const socket of this.#upgraded) socket.destroy();
    this.server.close();
    this.server.closeAllConnections();
  }

  /** WebSockets end at once, as they do when the code of a Durable Object changes. */
  async #drain() {
    for (const socket of this.#upgraded) socket.destroy();
    const all = Promise.allSettled([...this.#under_way]);
    await Promise.race([all, delay(TIME_TO_END_MS, null, { ref: false })]);
  }

  async #lead(request, response) {
    await this.#open;
    if (this.#port === null) return response.writeHead(404).end("There is nothing here yet\n");
    const ended = once(response, "close");
    this.#under_way.add(ended);
    ended.finally(() => this.#under_way.delete(ended));
    const { method, url, rawHeaders: headers } = request;
    const outgoing = ask({ host: "127.0.0.1", port: this.#port, method, path: url, headers });
    outgoing.on("error", () => fail(response));
    outgoing.on("response", (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    response.on("close", () => outgoing.destroy());
    request.pipe(outgoing);
  }

  async #upgrade(request, socket, head) {
    await this.#open;
    if (this.#port === null) return socket.destroy();
    const onward = connect(this.#port, "127.0.0.1");
    onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines(request.rawHeaders)}\r\n`);
    onward.write(head);
    this.#upgraded.add(socket);
    join(socket, onward);
    socket.on("close", () => this.#upgraded.delete(socket));
  }
}

function fail(response) {
  if (response.headersSent) return response.destroy();
  response.writeHead(502).end("The Worker is gone\n");
}

function lines(rawHeaders) {
  let text = "";
  for (let at = 0; at < rawHeaders.length; at += 2) text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  return text;
}
