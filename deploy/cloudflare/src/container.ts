// The container, and the Durable Object that holds it: starts it, asks how it is, leads requests in.
import { Container, type StopParams } from "@cloudflare/containers";
import { type Env, variables } from "./env.ts";
import { type Health, healthOf, parseReport, type Report } from "./health.ts";
import { type Backup, backups, save } from "./state.ts";

const GATEWAY_PORT = 18789;
const HEALTH_PORT = 3000;
const ASK_MS = 5_000;
/** So long may the container be silent after its start; 5 s are usual. */
const SILENT_MS = 120_000;
/** After it ended by itself it is started again, but not at once: that would hide the fault. */
const PAUSE_MS = 5_000;
/** So long a request waits for the gateway, before it is told to come again; at 60 s many give up. */
const WAIT_MS = 55_000;
const LOOK_AGAIN_MS = 100;
const REPEATABLE = new Set(["GET", "HEAD"]);

export class LoaContainer extends Container<Env> {
  override defaultPort = GATEWAY_PORT;
  override sleepAfter = "30m";

  /** Of a container that runs already, when this object was made is all that is known. */
  #startedAt = Date.now();
  #failure: { what: string; at: number } | null = null;
  #starting: Promise<void> | null = null;
  #looking: Promise<Health["gateway"]> | null = null;
  /** Whether the gateway of the container that was started last has been seen to serve. */
  #served = false;

  constructor(ctx: DurableObjectState<{}>, env: Env) {
    super(ctx, env);
    // A release makes the Worker new, and then the container, whose disk goes with it.
    if (ctx.container?.running) ctx.waitUntil(this.#tryToBackUp());
  }

  /** How the container is. If it sleeps, it is woken, and that takes its time. */
  async health(): Promise<Health> {
    const report = await this.#ask();
    if (report) return healthOf(report);
    if (this.#wake()) return { revision: "", gateway: "starting" };
    return { revision: "", gateway: "stopped" };
  }

  /** What somebody who mends it wants to know. */
  status(): Promise<unknown> {
    const { running } = this.#container;
    const told = (report: unknown) => ({ running, failure: this.#failure?.what ?? null, report });
    return this.#fetchHealth().then(told, () => told(null));
  }

  /** Leads a request to the gateway, an upgrade to a WebSocket too. */
  override async fetch(request: Request): Promise<Response> {
    const deadline = Date.now() + WAIT_MS;
    while (await this.#becomesReady(deadline)) {
      const response = await this.containerFetch(request, GATEWAY_PORT);
      // The gateway's own errors are passed on; one that comes of its end is not its answer.
      if (response.status < 500 || (await this.#goesOn())) return response;
      this.#served = false;
      // What changes nothing can be asked of the next one, when this one is gone.
      if (!REPEATABLE.has(request.method) || request.body) break;
      while (this.#container.running && Date.now() < deadline) await scheduler.wait(LOOK_AGAIN_MS);
    }
    return unavailable();
  }

  /** Saves the identity state of a container that runs; null where none does. */
  async backUp(): Promise<Backup | null> {
    if (!this.#container.running) return null;
    const headers = { Authorization: `Bearer ${this.env.CLAWDBOT_GATEWAY_TOKEN}` };
    const answer = await this.#port3000("/backup", headers);
    if (!answer.ok) throw new Error(`the container gives no backup: status ${answer.status}`);
    return await save(this.env.STATE, await answer.text());
  }

  /** Ends the container and starts a new one, with the secrets of now. */
  async restart(): Promise<void> {
    await this.#tryToBackUp();
    await this.destroy();
    this.#failure = null;
    this.#wake();
  }

  override async onActivityExpired(): Promise<void> {
    await this.#tryToBackUp();
    await this.stop();
  }

  override onStop({ exitCode, reason }: StopParams): void {
    if (exitCode !== 0) this.#failed(`it ended with status ${exitCode} (${reason})`);
  }

  override onError(error: unknown): void {
    this.#failed(message(error));
  }

  get #container() {
    const { container } = this.ctx;
    if (!container) throw new Error("no container is configured for this Durable Object");
    return container;
  }

  /** Asked anew each time: that a container has ended is told only some time later. */
  get #ready() {
    return this.#served && this.#container.running;
  }

  /** Sees to it that the container is on its way; false if it is not. */
  #wake(): boolean {
    const now = Date.now();
    if (this.#starting) return true;
    if (this.#container.running) return now - this.#startedAt < SILENT_MS;
    if (this.#failure && now - this.#failure.at < PAUSE_MS) return false;
    this.#startedAt = now;
    this.#served = false;
    this.#starting = this.#start().finally(() => (this.#starting = null));
    return true;
  }

  async #start(): Promise<void> {
    try {
      this.envVars = { ...variables(this.env), ...(await backups(this.env.STATE)) };
      // Port 3000 is there as soon as the start script runs; the gateway's takes a while.
      await this.start(undefined, { portToCheck: HEALTH_PORT });
    } catch (error) {
      this.#failed(message(error));
    }
  }

  #failed(what: string): void {
    this.#failure = { what, at: Date.now() };
    console.error(`the container does not run: ${what}`);
  }

  async #becomesReady(deadline: number): Promise<boolean> {
    while (!this.#ready && Date.now() < deadline) {
      // One look for all who wait: a container that starts has no processor to spare.
      this.#looking ??= this.#look().finally(() => (this.#looking = null));
      if ((await this.#looking) === "stopped") return false;
    }
    return this.#ready;
  }

  /** Whether the container neither has ended nor says that it ends; one that is silent is busy. */
  async #goesOn(): Promise<boolean> {
    const report = await this.#ask();
    return this.#container.running && report?.status !== "stopped";
  }

  async #look(): Promise<Health["gateway"]> {
    const { gateway } = await this.health();
    this.#served = gateway === "running";
    if (gateway === "starting") await scheduler.wait(LOOK_AGAIN_MS);
    return gateway;
  }

  async #ask(): Promise<Report | null> {
    try {
      return parseReport(await this.#fetchHealth());
    } catch {
      return null; // it does not run, or not yet
    }
  }

  async #fetchHealth(): Promise<unknown> {
    return await (await this.#port3000("/health")).json();
  }

  /** Does not count as activity: who only looks must not keep it awake. */
  async #port3000(path: string, headers = {}): Promise<Response> {
    if (!this.#container.running) throw new Error("the container does not run");
    const signal = AbortSignal.timeout(ASK_MS);
    const port = this.#container.getTcpPort(HEALTH_PORT);
    return await port.fetch(`http://container${path}`, { headers, signal });
  }

  async #tryToBackUp(): Promise<void> {
    try {
      await this.backUp();
    } catch (error) {
      console.error(`the identity state was not saved: ${message(error)}`);
    }
  }
}

function unavailable(): Response {
  const body = { error: "the gateway is not there yet" };
  return Response.json(body, { status: 503, headers: { "Retry-After": "5" } });
}

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));
