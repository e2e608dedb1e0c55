import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Environment } from "../environment.ts";
import type { GatewayApi, Handler } from "../gateway.ts";
import plugin from "../index.ts";
import { loaded } from "../revision.ts";
import { pathOf } from "../segments.ts";
import { logOf, until, workspace } from "./support.ts";

type Service = Parameters<GatewayApi["registerService"]>[0];

test("the plugin and its service say who they are", async (t) => {
  const { service } = await gateway(t, workspace(t));
  assert.deepEqual([plugin.id, service.id], ["loa-identity", "loa-identity"]);
});

test("version tells which sources are loaded, before the service starts", async (t) => {
  const { get } = await gateway(t, workspace(t));
  const { status, body } = await get("/loa/version");
  assert.equal(status, 200);
  assert.deepEqual(body, { layer: "0.1.0", ...loaded, image: null });
});

test("version tells the image's revision", async (t) => {
  const { get } = await gateway(t, workspace(t), { LOA_IMAGE_REVISION: "abc123" });
  assert.equal((await get("/loa/version")).body["image"], "abc123");
});

test("health goes from waiting to ok, and answers 200 for both", async (t) => {
  const { get, service } = await gateway(t, workspace(t));
  const before = await get("/loa/health");
  assert.deepEqual([before.status, before.body["status"]], [200, "waiting"]);
  service.start();
  await until(async () => (await get("/loa/health")).body["status"] === "ok", "ok");
  const { status, body } = await get("/loa/health");
  assert.equal(status, 200);
  assert.equal(body["pid"], process.pid);
  assert.equal(body["devMode"], false);
  assert.equal(body["recovery"], null);
});

test("health is 503 with JSON when the log cannot be opened", async (t) => {
  const environment = workspace(t);
  await logOf(environment.wal, ["first", "second", "third"], 1);
  rmSync(pathOf(environment.wal, 2));
  const { get, service, errors } = await gateway(t, environment);
  service.start();
  await until(async () => (await get("/loa/health")).status === 503, "503");
  assert.equal((await get("/loa/health")).body["status"], "failed");
  assert.equal((await get("/loa/version")).status, 200);
  assert.equal(errors.length, 1);
});

test("answers are JSON that nobody may cache", async (t) => {
  const { url } = await gateway(t, workspace(t));
  const { headers } = await fetch(`${url}/loa/health`);
  assert.equal(headers.get("content-type"), "application/json");
  assert.equal(headers.get("cache-control"), "no-store");
});

test("HEAD has the headers and no body", async (t) => {
  const { url } = await gateway(t, workspace(t));
  const response = await fetch(`${url}/loa/version`, { method: "HEAD" });
  assert.deepEqual([response.status, await response.text()], [200, ""]);
});

for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
  test(`${method} is refused`, async (t) => {
    const { url } = await gateway(t, workspace(t));
    const response = await fetch(`${url}/loa/health`, { method });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    assert.equal(((await response.json()) as { status: string }).status, "refused");
  });
}

test("no answer holds anything of the environment but what it is for", async (t) => {
  const secrets = { CLAWDBOT_GATEWAY_TOKEN: "s3cret-token", ANTHROPIC_API_KEY: "s3cret-key" };
  const saved = process.env;
  t.after(() => (process.env = saved));
  // They are there while it is asked too, and not only while the plugin is registered.
  process.env = { ...saved, ...secrets };
  const { url, service, get } = await gateway(t, workspace(t));
  service.start();
  await until(async () => (await get("/loa/health")).body["status"] === "ok", "ok");
  for (const path of ["/loa/health", "/loa/version"]) {
    assert.doesNotMatch(await (await fetch(url + path)).text(), /s3cret/);
  }
});

/** The plugin in a server that does with it what the gateway does. */
async function gateway(t: TestContext, environment: Environment, variables = {}) {
  const { routes, services, errors } = register(environment, variables);
  const server = createServer((request, response) => {
    routes.get(request.url ?? "")?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const service = services[0]!;
  t.after(() => service.stop());
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { url, get, service, errors };
}

function register({ identity, wal, state }: Environment, variables: NodeJS.ProcessEnv) {
  const routes = new Map<string, Handler>();
  const services: Service[] = [];
  const errors: string[] = [];
  const saved = process.env;
  const LOA_WORKSPACE = join(dirname(identity), "../..");
  process.env = { ...saved, LOA_WORKSPACE, LOA_WAL_DIR: wal, LOA_STATE_DIR: state, ...variables };
  plugin.register({
    logger: { error: (message) => errors.push(message) },
    registerHttpRoute: ({ path, handler }) => routes.set(path, handler),
    registerService: (service) => services.push(service),
  });
  process.env = saved;
  return { routes, services, errors };
}
