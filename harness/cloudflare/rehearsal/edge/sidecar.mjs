// In the place of the container that workerd starts beside each container (`proxy-everything`):
// leads connections in, by HTTP CONNECT with the port in X-Dst-Addr. Connections out are not led at
// all: the container reaches the network by itself.
import { once } from "node:events";
import { createServer } from "node:http";
import { rootCertificates } from "node:tls";

/** Where workerd looks for its address, as the sidecar would publish it. */
const INGRESS = "39001/tcp";

export class Sidecar {
  #sockets = new Set();

  /** @param {(port: number) => Promise<import("node:net").Socket | null>} reach connects to a port of the container */
  constructor(reach) {
    this.server = createServer((request, response) => {
      request.resume();
      // workerd wants a certificate to be there, even if nothing is intercepted.
      response.end(request.url === "/ca" ? rootCertificates[0] : "");
    });
    this.server.on("connect", (request, socket) => this.#lead(request, socket, reach));
  }

  async listen() {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
  }

  /** What the engine would say of it. */
  describe() {
    const published = [{ HostIp: "127.0.0.1", HostPort: String(this.server.address().port) }];
    return { State: { Status: "running" }, NetworkSettings: { Ports: { [INGRESS]: published } } };
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    this.server.closeAllConnections();
  }

  async #lead({ headers }, socket, reach) {
    socket.on("error", () => {});
    const port = Number(/:(\d+)$/.exec(headers["x-dst-addr"] ?? "")?.[1]);
    const onward = await reach(port).catch(() => null);
    if (!onward) return socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    this.#sockets.add(socket.on("close", () => this.#sockets.delete(socket)));
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    join(socket, onward);
  }
}

/** Leads each to the other, until either ends. */
export function join(one, other) {
  for (const [from, to] of [[one, other], [other, one]]) {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.pipe(to);
  }
}
