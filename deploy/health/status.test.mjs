import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf } from "./status.mjs";

const serving = { phase: "running", generation: 2, cause: "scheduler.ts" };
const layer = { ok: true, pid: 7 };

test("a layer that answers is healthy", () => {
  const body = statusOf(serving, layer, 1);
  assert.equal(body.status, "healthy");
  assert.deepEqual(body.gateway, { pid: 7 });
  assert.equal(body.cause, "scheduler.ts");
});

test("a gateway that answers without the layer is broken", () => {
  assert.equal(statusOf(serving, "other", 1).status, "broken");
});

test("a layer that says it is not well is broken", () => {
  assert.equal(statusOf(serving, { ok: false, pid: 7 }, 2).status, "broken");
});

test("no answer is a start, or the end", () => {
  assert.equal(statusOf({ phase: "running", generation: 1 }, null, 0).status, "starting");
  assert.equal(statusOf(serving, null, 1).status, "reloading");
  assert.equal(statusOf(serving, null, 2).status, "stopped");
});

test("while the gateway is being replaced, an answer counts for nothing", () => {
  assert.equal(statusOf({ phase: "reloading", generation: 3 }, layer, 2).status, "reloading");
  assert.equal(statusOf({ phase: "stopping", generation: 3 }, layer, 2).status, "stopped");
});
