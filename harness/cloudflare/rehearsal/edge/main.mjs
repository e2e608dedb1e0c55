// The edge of a rehearsal: executes Workers as they were uploaded, in workerd.
//
//   node main.mjs --packages DIR --place DIR
//
// Orders come as lines of JSON, {id, do, …}; each is answered by one, {id} or {id, error}. It ends,
// with all that it started, when its input does.
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { workersOf } from "./cell.mjs";
import { Engine } from "./engine.mjs";
import { Front } from "./front.mjs";

const { values: options } = parseArgs({ options: { packages: { type: "string" }, place: { type: "string" } } });
const { convertV4MiniflareOptions: converted, Miniflare } = createRequire(join(options.packages, "package.json"))("miniflare");

/** A Worker's address, what serves there, and the containers behind it. */
class Cell {
  #miniflare = null;
  #served = null;
  #printed = [];

  static async at(worker, { port, address, prefix, labels }) {
    const cell = new Cell();
    Object.assign(cell, { worker, front: new Front(), engine: new Engine({ address, prefix, labels }) });
    await cell.engine.listen(join(options.place, `${prefix}.sock`));
    await cell.front.listen(port);
    return cell;
  }

  /** Serves other versions; if they do not start, those before go on. */
  async serve({ live, container, memory, auth }) {
    const next = { live, container, memory };
    if (container) await this.engine.pull(container.image, auth);
    let problem = null;
    await this.front.exchange(async () => {
      const before = this.#served;
      try {
        return await this.#start(next);
      } catch (error) {
        problem = error;
        return before && (await this.#start(before));
      }
    });
    if (problem) throw problem;
  }

  async scheduled() {
    const { live } = this.#served;
    const worker = await this.#miniflare.getWorker(`version-${live[0].version.id}`);
    await worker.scheduled({});
  }

  async close() {
    await this.front.close();
    await this.#stop();
    await this.engine.close();
  }

  async #start(next) {
    const imageChanged = this.#served && this.#served.container?.image !== next.container?.image;
    await this.#stop();
    if (imageChanged) await this.engine.remove();
    Object.assign(this.engine, { memory: next.memory, startsIn: next.container?.startsIn ?? 0 });
    this.#miniflare = new Miniflare(converted(this.#options(next)));
    const { port } = await this.#miniflare.ready.catch((error) => {
      throw new Error(startupError(this.#printed) ?? error.message);
    });
    this.#served = next;
    return Number(port);
  }

  async #stop() {
    this.engine.keeps = true;
    await this.#miniflare?.dispose().catch(() => {});
    this.engine.keeps = false;
    this.#miniflare = null;
    this.#printed = [];
  }

  #options({ live, container }) {
    return {
      workers: workersOf(this.worker, live, container),
      resourcePersistencePath: join(options.place, this.worker),
      containerEngine: engineAt(this.engine.path),
      ...QUIET,
      handleStructuredLogs: ({ message }) => {
        this.#printed.push(message);
        process.stderr.write(`${this.worker}: ${message}\n`);
      },
    };
  }
}

const QUIET = { host: "127.0.0.1", port: 0, cf: false, telemetry: { enabled: false } };

const engineAt = (path) => ({
  localDocker: { socketPath: `unix:${path}`, containerEgressInterceptorImage: "none" },
});

/** The words in which workerd says why a script does not start. */
function startupError(printed) {
  return /Uncaught ([^\n]+)/.exec(printed.join(""))?.[1] ?? null;
}

const cells = new Map();

const ORDERS = {
  async apply({ worker, cell, ...what }) {
    if (!cells.has(worker)) cells.set(worker, await Cell.at(worker, cell));
    await cells.get(worker).serve(what);
  },

  async remove({ worker }) {
    await cells.get(worker).close();
    cells.delete(worker);
    rmSync(join(options.place, worker), { recursive: true, force: true });
  },

  async scheduled({ worker }) {
    await cells.get(worker).scheduled();
  },

  async stop() {
    await Promise.allSettled([...cells.values()].map((cell) => cell.close()));
    cells.clear();
  },

  /** Starts a version by itself, with nothing behind it. */
  async check({ version }) {
    const printed = [];
    const workers = workersOf("check", [{ version, percent: 100 }], null);
    const handleStructuredLogs = ({ message }) => printed.push(message);
    const miniflare = new Miniflare(converted({ workers, ...QUIET, handleStructuredLogs }));
    try {
      await miniflare.ready;
    } catch (error) {
      throw new Error(startupError(printed) ?? error.message);
    } finally {
      await miniflare.dispose().catch(() => {});
    }
  },
};

async function obey(line) {
  const { id, do: name, ...rest } = JSON.parse(line);
  try {
    await ORDERS[name](rest);
    process.stdout.write(`${JSON.stringify({ id })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ id, error: error.message })}\n`);
  }
}

for await (const line of createInterface({ input: process.stdin })) obey(line);
await ORDERS.stop();
process.exit();
