// The gateway believes that it listens on its port. In truth the reloader does, for good, and hands
// over each connection; and it gets back those that are idle when another gateway takes over, so
// that whoever keeps a connection open never finds it closed.
import { rmSync } from "node:fs";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** So long requests under way are waited for before the gateway, and its log, are closed. */
const DRAIN_MS = 1_000;
const LOOK_MS = 10;

/**
 * @param {number} port where only seemingly is listened
 * @param {string} path of a socket of this gateway's own, over which it can be asked in any state
 */
export function handConnectionsOver(port, path) {
  const connections = new Connections();
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...args) {
    if (portIn(args) !== port) return listen.apply(this, args);
    connections.serve(this, port);
    const own = net.createServer((socket) => this.emit("connection", socket));
    rmSync(path, { force: true });
    listen.call(own, path, () => connections.onListening());
    own.unref();
    setImmediate(() => this.emit("listening"));
    return this;
  };
  return connections;
}

function portIn([first]) {
  return Number(typeof first === "object" && first !== null ? first.port : first);
}

/** The parsers that are in the midst of a request: Node keeps account of them, but only for itself. */
function partsOfRequests(server) {
  const symbols = Object.getOwnPropertySymbols(server);
  const account = symbols.find((it) => it.description === "http.server.connections");
  return server[account]?.active() ?? [];
}

class Connections {
  listening = new Promise((resolve) => (this.onListening = resolve));
  #server = null;
  /** Each connection that was handed over, with how many of its requests are under way. */
  #open = new Map();
  #leaving = false;
  #onReceived = () => {};

  /** Make this the server that connections go to. */
  serve(server, port) {
    this.#server = server;
    server.address = () => ({ address: "0.0.0.0", family: "IPv4", port });
    Object.defineProperty(server, "listening", { get: () => !this.#leaving });
    server.close = (callback) => this.#close(callback);
    server.closeIdleConnections = () => {}; // they are given back instead
    server.on("request", (request, response) => this.#follow(request, response));
    server.on("upgrade", ({ socket }) => this.#open.delete(socket));
  }

  take(socket) {
    this.#open.set(socket, 0);
    socket.on("close", () => this.#open.delete(socket));
    if (!this.#leaving) return this.#server.emit("connection", socket);
    socket._handle.readStop();
    this.#giveBack(socket);
  }

  #follow({ socket }, response) {
    if (!this.#open.has(socket)) return;
    this.#open.set(socket, this.#open.get(socket) + 1);
    response.on("close", () => {
      if (this.#open.has(socket)) this.#open.set(socket, this.#open.get(socket) - 1);
      // Once Node's own server has finished with the response too, and before the next request.
      if (this.#leaving) setImmediate(() => this.#giveBack(socket));
    });
  }

  /** Gives back each connection as soon as it is idle; resolves once all are, or after a while. */
  async giveBack(patienceMs = DRAIN_MS) {
    this.#leaving = true;
    const deadline = performance.now() + patienceMs;
    while (this.#open.size > 0 && performance.now() < deadline) {
      for (const socket of [...this.#open.keys()]) await this.#giveBack(socket);
      if (this.#open.size > 0) await delay(LOOK_MS);
    }
  }

  // One after the other: a second one would be queued, and go on being read meanwhile.
  #turn = Promise.resolve();
  #giveBack(socket) {
    this.#turn = this.#turn.then(async () => {
      if (!this.#isIdle(socket) || !process.connected) return;
      this.#open.delete(socket);
      const received = new Promise((resolve) => (this.#onReceived = resolve));
      // Node would go on reading until the other side says that it has the socket, into nothing.
      socket._handle.readStop();
      process.send({ returned: true }, socket, { keepOpen: false });
      await received;
    });
    return this.#turn;
  }

  received() {
    this.#onReceived();
  }

  /** Whether nothing has been read yet, or no request is under way nor the beginning of one. */
  #isIdle(socket) {
    if (this.#open.get(socket) !== 0 || socket.destroyed) return false;
    return socket.bytesRead === 0 || !partsOfRequests(this.#server).includes(socket.parser);
  }

  #close(callback) {
    this.giveBack(Infinity).then(() => {
      callback?.();
      this.#server.emit("close");
    });
    return this.#server;
  }
}
