// The Worker as wrangler bundles it, in workerd, in front of an engine that is made up.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { FakeEngine, TOKEN } from "./engine.mjs";

const BUNDLE = process.env.LOA_WORKER_BUNDLE;
const BEARER = { Authorization: `Bearer ${TOKEN}` };

/**
 * The Worker with its container; `change` prepares the engine. Its clock can run faster, its secrets
 * can be others, and what is bound to it can be missing.
 */
export async function cell(t, { change = () => {}, ...options } = {}) {
  const directory = mkdtempSync(join(tmpdir(), "loa-cell-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const engine = new FakeEngine();
  change(engine);
  await engine.listen(t, directory);
  const lines = [];
  const described = optionsOf(engine.socket, lines, options);
  const miniflare = new Miniflare(described);
  t.after(() => miniflare.dispose());
  const url = String(await miniflare.ready).replace(/\/$/, "");
  return new Cell({ engine, miniflare, url, lines, described });
}

function optionsOf(socket, lines, options) {
  const { token = TOKEN, secrets = {}, speed = 1, hasContainer = true, hasState = true } = options;
  const container = hasContainer ? { imageName: "loa" } : undefined;
  const LOA = { className: "LoaContainer", useSQLite: true, container };
  return convertV4MiniflareOptions({
    name: "loa-test",
    modules: [{ type: "ESModule", path: "worker.js", contents: faster(speed) + readFileSync(BUNDLE, "utf8") }],
    compatibilityDate: "2026-01-01",
    bindings: {
      VERSION: { id: "version-1" },
      ...(token && { CLAWDBOT_GATEWAY_TOKEN: token }),
      ...secrets,
    },
    durableObjects: { LOA },
    r2Buckets: hasState ? { STATE: "state" } : {},
    containerEngine: {
      localDocker: { socketPath: `unix:${socket}`, containerEgressInterceptorImage: "none" },
    },
    handleStructuredLogs: ({ message }) => lines.push(message),
    cf: false,
    telemetry: { enabled: false },
  });
}

/** Lets a minute pass in a second, where time is measured; pauses stay as long as they are. */
function faster(speed) {
  if (speed === 1) return "";
  return `{
    const [now, timeout] = [Date.now, AbortSignal.timeout];
    let began;
    Date.now = () => (began ??= now()) + (now() - began) * ${speed};
    AbortSignal.timeout = (milliseconds) => timeout.call(AbortSignal, milliseconds / ${speed});
  }\n`;
}

class Cell {
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** A request with the token. */
  fetch(path, options = {}) {
    return fetch(this.url + path, { ...options, headers: { ...BEARER, ...options.headers } });
  }

  /** Makes the Worker new, and its Durable Object with it, as a release does. */
  async renew() {
    await this.miniflare.setOptions(this.described);
    this.url = String(await this.miniflare.ready).replace(/\/$/, "");
  }

  async health() {
    const response = await fetch(`${this.url}/health`);
    return { status: response.status, ...(await response.json()) };
  }

  /** Waits until health says this, and returns all that it said on the way. */
  async until(gateway, milliseconds = 15_000) {
    const deadline = performance.now() + milliseconds;
    const seen = [];
    do {
      seen.push((await this.health()).gateway);
      assert.ok(performance.now() < deadline, `not ${gateway} in time, but ${[...new Set(seen)]}`);
      await delay(20);
    } while (seen.at(-1) !== gateway);
    return seen;
  }

  get log() {
    return this.lines.join("\n");
  }
}

export async function until(holds, what, milliseconds = 10_000) {
  const deadline = performance.now() + milliseconds;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `not in time: ${what}`);
    await delay(20);
  }
}
