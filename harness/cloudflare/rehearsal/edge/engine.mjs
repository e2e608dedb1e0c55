// The Docker engine as one edge sees it. workerd starts containers by Docker's API; this stands
// between the two, on a socket of its own. It names the containers so that rehearsals do not meet,
// gives them the memory of their instance type, publishes their ports on 127.0.0.1 only, and decides
// when they are removed: workerd does it whenever it ends, Cloudflare only when the image changes.
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";
import { buffer, json, text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { Sidecar } from "./sidecar.mjs";

const PORTS = ["3000/tcp", "18789/tcp"];
/** So long may a container take to end in good order, in seconds; the start script needs 8. */
const GRACE_S = 10;
const REACH_MS = 500;
/** What workerd is told of the engine's network: it listens for the sidecar there. */
const NETWORK = { IPAM: { Config: [{ Gateway: "127.0.0.1", Subnet: "127.0.0.0/8" }] } };

export class Engine {
  /** While this is set, nobody but `remove` ends a container. */
  keeps = false;
  /** What the next container gets: memory in bytes, and seconds that it takes longer to start. */
  memory = 0;
  startsIn = 0;
  #sidecars = new Map();

  /**
   * @param {object} options
   * @param {object} options.address of the real engine, as http.request takes it
   * @param {string} options.prefix stands before the names of all its containers
   * @param {Record<string, string>} options.labels are put on them
   */
  constructor({ address, prefix, labels }) {
    Object.assign(this, { address, prefix, labels });
  }

  async listen(path) {
    this.server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => {
        if (!response.headersSent) reply(response, 500, { message: error.message });
      });
    });
    await once(this.server.listen(path), "listening");
    this.path = path;
  }

  async close() {
    for (const sidecar of this.#sidecars.values()) sidecar.close();
    this.server.close();
    this.server.closeAllConnections();
    await this.remove(0);
  }

  /** Ends the containers and removes them. */
  async remove(graceSeconds = GRACE_S) {
    const filters = encodeURIComponent(JSON.stringify({ name: [`^/${this.prefix}`] }));
    const found = await this.#call("GET", `/containers/json?all=true&filters=${filters}`);
    await Promise.all((await json(found)).map(({ Id: id }) => this.#removeOne(id, graceSeconds)));
  }

  async #removeOne(id, graceSeconds) {
    if (graceSeconds) await text(await this.#call("POST", `/containers/${id}/stop?t=${graceSeconds}`));
    await text(await this.#call("DELETE", `/containers/${id}?force=true&v=true`));
  }

  /** Pulls an image that is not there; `auth` is what Docker's API takes as X-Registry-Auth. */
  async pull(image, auth) {
    const present = await this.#call("GET", `/images/${encodeURIComponent(image)}/json`);
    await text(present);
    if (present.statusCode === 200) return;
    const headers = auth ? { "X-Registry-Auth": auth } : {};
    const query = `fromImage=${encodeURIComponent(image)}`;
    const answer = await this.#call("POST", `/images/create?${query}`, { headers });
    const said = await text(answer);
    const error = /"error":"([^"]*)"/.exec(said)?.[1];
    if (answer.statusCode !== 200 || error) throw new Error(`${image}: ${error ?? said.trim()}`);
  }

  async #answer(request, response) {
    const [, kind, name = "", action = ""] = /^\/([a-z]+)\/?([^/?]*)\/?([^?]*)/.exec(request.url) ?? [];
    const body = await buffer(request);
    if (kind === "networks") return reply(response, 200, NETWORK);
    // Snapshots of containers, which nobody has made here.
    if (kind === "volumes") return reply(response, 200, { Volumes: [] });
    if (kind !== "containers") return reply(response, 404, { message: `no ${kind} here` });
    if (name === "json") return reply(response, 200, []);
    request.url = request.url.replace(OF_A_SESSION, this.prefix);
    const [, sidecar] = /(?:name=|\/containers\/)([^/?&]+)-proxy\b/.exec(request.url) ?? [];
    if (sidecar) return reply(response, ...(await this.#sidecar(request.method, sidecar, action)));
    if (name === "create") return await this.#create(request, JSON.parse(body), response);
    if (this.keeps && endsIt(request.method, action)) return reply(response, 204);
    if (action === "start") await delay(this.startsIn * 1000);
    await this.#forward(request, body, response);
  }

  /** Does as if there were a sidecar; what it would do is done in this process. */
  async #sidecar(method, container, action) {
    const there = this.#sidecars.get(container);
    if (method === "DELETE" && !this.keeps) {
      there?.close();
      this.#sidecars.delete(container);
    }
    if (method === "DELETE") return [204];
    if (action === "json") return there ? [200, there.describe()] : [404, {}];
    if (action === "wait") return [404, {}];
    if (action === "start") return [204];
    if (there) return [409, {}];
    const sidecar = new Sidecar((port) => this.#reach(container, port));
    await sidecar.listen();
    this.#sidecars.set(container, sidecar);
    return [201, { Id: container }];
  }

  /** Connects to a port of a container: at its own address, or where that does not work, as published. */
  async #reach(container, port) {
    const { NetworkSettings: settings } = await json(await this.#call("GET", `/containers/${container}/json`));
    const published = settings?.Ports?.[`${port}/tcp`]?.[0]?.HostPort;
    if (!published) return null;
    try {
      return await connected(settings.IPAddress || "0.0.0.0", port);
    } catch (error) {
      return error.code === "ECONNREFUSED" ? null : await connected("127.0.0.1", Number(published));
    }
  }

  async #create(request, wanted, response) {
    const { Image, Cmd, Entrypoint, Env } = wanted;
    const memory = { Memory: this.memory, MemorySwap: this.memory };
    const published = PORTS.map((port) => [port, [{ HostIp: "127.0.0.1", HostPort: "" }]]);
    const HostConfig = { ...memory, PortBindings: Object.fromEntries(published) };
    const body = JSON.stringify({ Image, Cmd, Entrypoint, Env, Labels: this.labels, HostConfig });
    await this.#forward(request, Buffer.from(body), response);
  }

  async #forward({ method, url }, body, response) {
    const headers = body.length ? { "Content-Type": "application/json" } : {};
    const answer = await this.#call(method, url, { headers, body });
    response.writeHead(answer.statusCode, { "Content-Type": "application/json" });
    answer.pipe(response);
  }

  async #call(method, path, { headers = {}, body = "" } = {}) {
    const request = ask({ ...this.address, method, path, agent: false, headers: { Host: "docker", ...headers } });
    const [response] = await once(request.end(body), "response");
    return response;
  }
}

/** workerd's names differ from start to start; ours must not, or it would not find its containers. */
const OF_A_SESSION = /workerd-[0-9a-f]{16}-/;

const endsIt = (method, action) => method === "DELETE" || ["kill", "stop"].includes(action);

async function connected(host, port) {
  const signal = AbortSignal.timeout(REACH_MS);
  const socket = connect({ host, port });
  await once(socket, "connect", { signal });
  return socket;
}

function reply(response, status, body = {}) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(status === 204 ? "" : JSON.stringify(body));
}
