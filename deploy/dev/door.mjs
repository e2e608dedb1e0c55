// The gateway's port: open for as long as the container lives, whatever becomes of the gateways.
import net from "node:net";

/** How long a connection waits for a gateway before it is told that there is none. */
const PATIENCE_MS = 3_000;

export class Door {
  #gateway = null;
  #closed = false;
  #waiting = new Map();
  #server = net.createServer({ pauseOnConnect: true }, (socket) => this.give(socket));

  /** @returns {Promise<number>} the port, once connections come in there */
  listen(port) {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, () => resolve(this.#server.address().port));
    });
  }

  /** Nobody comes in any more, and whoever still comes back is sent away. */
  close() {
    this.#closed = true;
    this.#server.close();
    for (const socket of this.#waiting.keys()) this.#refuse(socket);
  }

  /** From now on connections go to this gateway, and those that wait first. */
  leadTo(gateway) {
    this.#gateway = gateway;
    // One that it does not take waits again, and would be given to it again without an end.
    for (const [socket, timer] of [...this.#waiting]) {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      this.give(socket);
    }
  }

  /** Connections wait until there is a gateway again. */
  leadNowhere() {
    this.#gateway = null;
  }

  /** Hand a connection, of which nothing has been read, to whoever is to answer it. */
  give(socket) {
    if (socket.destroyed) return;
    socket.on("error", () => {});
    if (this.#closed) return this.#refuse(socket);
    if (this.#gateway?.take(socket)) return;
    this.#waiting.set(socket, setTimeout(() => this.#refuse(socket), PATIENCE_MS));
  }

  #refuse(socket) {
    clearTimeout(this.#waiting.get(socket));
    this.#waiting.delete(socket);
    // Unread bytes would make the kernel reset the connection before the answer was read.
    socket.resume();
    const body = '{"error":"no gateway serves just now; port 3000 says why"}\n';
    socket.end(
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n" +
        `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
}
