// The gateway believes that it listens on its port. In truth the reloader does, for good, and hands
// over each connection; and it gets back those that are idle when another gateway takes over, so
// that whoever keeps a connection open never finds it closed.
import { rmSync } from "node:fs";
import net from "node:net";

/**
 * @param {number} port where only seemingly is listened
 * @param {string} path of a socket of this gateway's own, over which it can be asked in any state
 */
export function handConnectionsOver(port, path) {
  const connections = new Connections();
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...args) {
    if (portIn(args) !== port) return listen.apply(this, args);
    connections.serve(this);
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

class Connections {
  listening = new Promise((resolve) => (this.onListening = resolve));
  #server = null;
  /** Came before there was a server. */
  #early = [];
  /** What is known of each connection that was handed over. */
  #open = new Map();
  #leaving = false;
  #onReceived = () => {};

  /** Make this the server that connections go to. */
  serve(server) {
    this.#server = server;
    server.address = () => ({ address: "0.0.0.0", family: "IPv4", port: 18789 });
    Object.defineProperty(server, "listening", { get: () => !this.#leaving });
    server.close = (callback) => this.#close(callback);
    server.on("request", (request, response) => this.#follow(request, response));
    server.on("upgrade", ({ socket }) => this.#open.delete(socket));
    for (const socket of this.#early.splice(0)) this.take(socket);
  }

  take(socket) {
    if (!this.#server) return this.#early.push(socket);
    this.#open.set(socket, { requests: 0, read: socket.bytesRead });
    socket.on("close", () => this.#open.delete(socket));
    this.#server.emit("connection", socket);
  }

  #follow({ socket }, response) {
    const known = this.#open.get(socket);
    if (!known) return;
    known.requests += 1;
    response.on("close", () => {
      known.requests -= 1;
      known.read = socket.bytesRead;
      // Once Node's own server has finished with the response too.
      if (this.#leaving) setImmediate(() => this.#giveBack(socket));
    });
  }

  /** Gives back each connection as soon as it is idle; resolves with how many were so at once. */
  async giveBack() {
    this.#leaving = true;
    let given = 0;
    for (const socket of [...this.#open.keys()]) given += await this.#giveBack(socket);
    return given;
  }

  // One after the other: a second one would be queued, and go on being read meanwhile.
  #turn = Promise.resolve();
  #giveBack(socket) {
    this.#turn = this.#turn.then(async () => {
      if (!this.#isIdle(socket) || !process.connected) return 0;
      this.#open.delete(socket);
      const received = new Promise((resolve) => (this.#onReceived = resolve));
      // Node would go on reading until the other side says that it has the socket, into nothing.
      socket._handle.readStop();
      process.send({ returned: true }, socket, { keepOpen: false });
      await received;
      return 1;
    });
    return this.#turn;
  }

  received() {
    this.#onReceived();
  }

  /** Whether no request is under way, nor the beginning of one. */
  #isIdle(socket) {
    const known = this.#open.get(socket);
    return known?.requests === 0 && known.read === socket.bytesRead && !socket.destroyed;
  }

  #close(callback) {
    this.#leaving = true;
    const look = () => {
      if (this.#open.size > 0) return setTimeout(look, 10);
      callback?.();
      this.#server.emit("close");
    };
    look();
    return this.#server;
  }
}
