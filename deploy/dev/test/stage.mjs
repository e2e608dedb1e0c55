// Gateways as the reloader starts them, but of the fake kind, and a door that leads to them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Door } from "../door.mjs";
import { Gateway } from "../gateway.mjs";
import { put, scratch } from "./support.mjs";

const PRELOAD = new URL("../child/preload.mjs", import.meta.url).href;
const FAKE = new URL("fake-gateway.mjs", import.meta.url).pathname;
export const SOUND = 'export const answer = () => JSON.stringify({ status: "ok", pid: process.pid });\n';

/** @returns a door's port, and gateways that load this code when they are told to */
export async function stage(t, code = SOUND, command = process.execPath) {
  const layer = scratch(t, { "layer.mjs": code });
  const door = new Door();
  const port = await door.listen(0);
  const made = [];
  const make = () => {
    const options = ["--import", PRELOAD, FAKE, layer];
    const gateway = new Gateway({ run: scratch(t), command, options, layer });
    gateway.on("returned", (socket) => door.give(socket));
    gateway.on("untaken", (socket) => door.give(socket));
    made.push(gateway);
    return gateway;
  };
  t.after(async () => {
    door.close();
    await Promise.all(made.map((gateway) => gateway.kill()));
  });
  return { door, port, layer, make, save: (text) => put(join(layer, "layer.mjs"), text) };
}

/** A gateway that does what this code says, and no more. */
export function scripted(t, code, bundle = null) {
  const options = ["--eval", code];
  const gateway = new Gateway({ run: scratch(t), command: process.execPath, options, layer: "/layer", bundle });
  t.after(() => gateway.kill());
  return gateway;
}

/** A gateway that serves from now on. */
export async function serving({ door, make }) {
  const gateway = make();
  assert.equal(await gateway.load(10_000, () => {}), null);
  gateway.activate();
  assert.equal(gateway.state, "active");
  door.leadTo(gateway);
  return gateway;
}

/** A client that keeps its connection open. */
export class Client {
  /** The ports that it had on its side: more than one if it had to connect again. */
  ports = new Set();

  constructor(port) {
    this.target = { port, agent: new Agent({ keepAlive: true, maxSockets: 1 }), method: "POST" };
  }

  /** Sends a request and resolves with the answer's body; rejects unless it is 200. */
  async ask(path = "/", body = "") {
    const asked = request({ ...this.target, path }).end(body);
    const [response] = await once(asked, "response");
    this.ports.add(response.socket.localPort);
    const answer = await text(response);
    assert.equal(response.statusCode, 200, answer);
    return answer;
  }

  close() {
    this.target.agent.destroy();
  }
}
