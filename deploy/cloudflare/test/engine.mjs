// A Docker engine as far as workerd asks one: its API on a socket, and containers that are two small
// servers in this process, which behave as a test says.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Sidecar } from "../../../harness/cloudflare/rehearsal/edge/sidecar.mjs";

const HEALTH = 3000;
const GATEWAY = 18789;

/** What port 3000 of a container with a gateway that serves answers. */
export const HEALTHY = { status: "healthy", revision: "abc123", gateway: { pid: 7 } };

export class FakeEngine {
  /** Whether there is the image. */
  hasImage = true;
  /** What port 3000 answers; null is silence. */
  health = HEALTHY;
  /** Whether port 3000 takes questions and never answers. */
  hangs = false;
  /** What is answered under /backup there; null is that there is none just now. */
  backup = { schema: 1, shipped: "0", identity: "{}" };
  /** With which status containers end as soon as they were started; null if they live. */
  endsWith = null;
  /** The bodies with which containers were created, as workerd sent them. */
  created = [];
  /** What the gateway was asked: method, address, body, Authorization. */
  asked = [];
  /** The address at whose next request the gateway ends, and its container as SIGTERM ends it. */
  endsAt = null;
  /** How many ms a container is still there after it said that it ends. */
  lasts = 300;
  /** The address that the gateway answers with an error of its own. */
  failsAt = null;
  /** How often port 3000 was asked for its health. */
  looks = 0;
  #containers = new Map();

  async listen(t, directory) {
    this.socket = join(directory, "engine.sock");
    const server = createServer((request, response) => this.#answer(request, response));
    await once(server.listen(this.socket), "listening");
    t.after(() => server.close());
    t.after(() => this.#endAll());
    t.after(() => server.closeAllConnections());
  }

  get running() {
    const all = [...this.#containers.values()];
    return all.filter(({ state, sidecar }) => state === "running" && !sidecar).length;
  }

  /** Ends what runs, as if by itself; with "lost" the engine cannot tell how. */
  end(status) {
    for (const it of this.#containers.values()) if (!it.sidecar) this.#end(it, status);
  }

  #endAll() {
    for (const it of this.#containers.values()) this.#end(it, 0);
  }

  async #answer(request, response) {
    const { method, url } = request;
    const body = await text(request);
    const reply = (status, content = {}) => response.writeHead(status).end(status === 204 ? "" : JSON.stringify(content));
    const [, kind, name, action = ""] = /^\/([a-z]+)\/?([^/?]*)\/?([^?]*)/.exec(url) ?? [];
    if (kind !== "containers") return reply(200, { ...NETWORK, Volumes: [] });
    if (name === "json") return reply(200, []);
    if (name === "create") return reply(...(await this.#create(url, JSON.parse(body))));
    const container = this.#containers.get(name);
    if (!container) return reply(404, { message: "no such container" });
    reply(...(await this.#act(method, action, container)));
  }

  async #create(url, body) {
    const name = new URL(url, "http://engine").searchParams.get("name");
    if (this.#containers.has(name)) return [409, {}];
    const made = { name, state: "created", servers: [], ended: Promise.withResolvers() };
    if (name.endsWith("-proxy")) {
      made.sidecar = new Sidecar((port) => this.#reach(name.replace(/-proxy$/, ""), port));
      await made.sidecar.listen();
    } else if (this.hasImage) this.created.push(body);
    else return [404, { message: "no such image" }];
    this.#containers.set(name, made);
    return [201, { Id: name }];
  }

  async #reach(name, port) {
    const [health, gateway] = this.#containers.get(name)?.servers ?? [];
    const server = { [HEALTH]: health, [GATEWAY]: gateway }[port];
    if (!server?.listening) return null;
    const socket = connect(server.address().port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  }

  async #act(method, action, container) {
    if (method === "DELETE") return this.#remove(container);
    if (action === "json") return [200, describe(container)];
    if (action === "start") return await this.#start(container);
    if (action === "wait") return waited(await container.ended.promise);
    if (action !== "kill" && action !== "stop") return [404, { message: `no ${action}` }];
    this.#end(container, 0);
    return [204];
  }

  async #start(container) {
    container.state = "running";
    if (container.sidecar) return [204];
    if (this.endsWith !== null) this.#end(container, this.endsWith);
    else container.servers = await Promise.all([this.#port3000(container), this.#gateway(container)]);
    return [204];
  }

  #remove(container) {
    this.#end(container, 137);
    this.#containers.delete(container.name);
    return [204];
  }

  #end(container, status) {
    container.state = "exited";
    container.sidecar?.close();
    for (const server of container.servers) {
      server.close();
      server.closeAllConnections();
      for (const socket of server.upgraded ?? []) socket.destroy();
    }
    container.ended.resolve(status);
  }

  /** As the start script does: says so, ends the gateway, and is gone a while after that was seen. */
  #terminate(container) {
    this.endsAt = null;
    const [, gateway] = container.servers;
    container.stopping = true;
    gateway.close();
    gateway.closeAllConnections();
  }

  #port3000(container) {
    return listening(async ({ url, headers }, response) => {
      if (url === "/backup") {
        const allowed = headers.authorization === `Bearer ${TOKEN}`;
        return response.writeHead(!allowed ? 401 : this.backup ? 200 : 503).end(JSON.stringify(this.backup));
      }
      if (url === "/health") this.looks += 1;
      if (this.hangs) return;
      if (container.stopping) {
        response.on("close", () => setTimeout(() => this.#end(container, 0), this.lasts).unref());
        return response.writeHead(503).end(JSON.stringify({ ...this.health, status: "stopped" }));
      }
      if (this.health === null) return response.destroy();
      response.writeHead(this.health.status === "healthy" ? 200 : 503).end(JSON.stringify(this.health));
    });
  }

  async #gateway(container) {
    const server = await listening(async (request, response) => {
      const { method, url, headers } = request;
      this.asked.push({ method, url, body: await text(request), authorization: headers.authorization });
      if (url === this.failsAt) return response.writeHead(502).end("the gateway's own");
      if (url === this.endsAt) return this.#terminate(container);
      response.setHeader("X-Gateway", "yes").end(`gateway: ${method} ${url}`);
    });
    server.upgraded = [];
    return server.on("upgrade", (request, socket) => {
      this.asked.push({ method: "upgrade", url: request.url });
      server.upgraded.push(socket);
      echo(request, socket);
    });
  }
}

const waited = (status) => (status === "lost" ? [500, { message: status }] : [200, { StatusCode: status }]);

export const TOKEN = "token-that-nobody-may-see";

const NETWORK = { IPAM: { Config: [{ Gateway: "127.0.0.1", Subnet: "127.0.0.0/8" }] } };

async function listening(answer) {
  const server = createServer(answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

const describe = ({ state, sidecar }) =>
  sidecar ? sidecar.describe() : { State: { Status: state }, NetworkSettings: { Ports: {} } };

/** Takes the upgrade and sends each short text back. */
async function echo({ headers }, socket) {
  const { createHash } = await import("node:crypto");
  const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on("error", () => {});
  socket.on("data", (frame) => {
    if ((frame[0] & 0x0f) !== 1) return;
    const mask = frame.subarray(2, 6);
    const content = frame.subarray(6).map((byte, at) => byte ^ mask[at % 4]);
    socket.write(Buffer.concat([Buffer.from([0x81, content.length]), content]));
  });
}
