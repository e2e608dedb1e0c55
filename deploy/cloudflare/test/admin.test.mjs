// What whoever keeps the deployment is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HEALTHY } from "./engine.mjs";
import { cell } from "./support.mjs";

test("while no container runs, that is said, and none is woken", async (t) => {
  const made = await cell(t);
  const status = await made.fetch("/admin/status");
  assert.deepEqual(await status.json(), { running: false, failure: null, report: null });
  const backup = await made.fetch("/admin/backup", { method: "POST" });
  assert.deepEqual([backup.status, await backup.json()], [409, { error: "no container runs" }]);
  assert.equal(made.engine.created.length, 0);
});

test("all that is told is JSON", async (t) => {
  const made = await cell(t);
  await made.until("running");
  assert.deepEqual(await (await made.fetch("/admin/status")).json(), { running: true, failure: null, report: HEALTHY });
  for (const [method, path] of [["GET", "status"], ["POST", "backup"], ["GET", "backup"], ["POST", "restart"]]) {
    const response = await made.fetch(`/admin/${path}`, { method });
    assert.equal(response.headers.get("Content-Type"), "application/json", `${method} ${path}`);
  }
});

test("who asks for something else is told what there is", async (t) => {
  const response = await (await cell(t)).fetch("/admin/backup", { method: "DELETE" });
  assert.equal(response.status, 404);
  const asked = ["GET /admin/status", "GET /admin/backup", "POST /admin/backup", "POST /admin/restart"];
  assert.deepEqual(await response.json(), { error: `there is ${asked.join(", ")}` });
});
