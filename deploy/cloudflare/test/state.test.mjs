// The backup of the identity state, as it is kept.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { cell, until } from "./support.mjs";

/** The most that is kept: as a variable of the next container it must fit, and Linux takes 128 KiB. */
const MOST = 98_304;

const backUp = async (made) => await made.fetch("/admin/backup", { method: "POST" });
const kept = async (made) => await (await made.fetch("/admin/backup")).text();

test("what was saved is told, with its hash and its length", async (t) => {
  const made = await cell(t);
  await made.until("running");
  const text = JSON.stringify(made.engine.backup);
  const { sha256, bytes } = await (await backUp(made)).json();
  assert.deepEqual([sha256, bytes], [createHash("sha256").update(text).digest("hex"), text.length]);
});

test("a state of 96 KiB is kept, and a larger one leaves it there", async (t) => {
  const made = await cell(t);
  await made.until("running");
  const longest = (more) => "x".repeat(MOST + more - '""'.length);
  made.engine.backup = longest(0);
  assert.equal((await backUp(made)).status, 200);
  made.engine.backup = longest(1);
  assert.equal((await backUp(made)).status, 500);
  assert.equal(await kept(made), JSON.stringify(longest(0)));
});

test("what an image left that came with another state is kept beside, for its release may come back", async (t) => {
  const made = await cell(t);
  await made.until("running");
  const [old, edited, newer] = [["1", "a"], ["2", "b"], ["2", "c"]].map(([shipped, identity]) => ({ schema: 1, shipped, identity }));
  for (const backup of [old, edited, newer]) {
    made.engine.backup = backup;
    assert.equal((await backUp(made)).status, 200);
  }
  assert.equal(await kept(made), JSON.stringify(newer));
  await made.fetch("/admin/restart", { method: "POST" });
  await until(() => made.engine.created.length === 2, "another container");
  const [first, second] = made.engine.created.map(({ Env }) => Env.filter((it) => it.startsWith("LOA_IDENTITY")).sort());
  assert.deepEqual(first, ["LOA_IDENTITY_BACKUP=none"]);
  assert.deepEqual(second, [
    `LOA_IDENTITY_BACKUP=${JSON.stringify(newer)}`,
    `LOA_IDENTITY_BACKUP_BEFORE=${JSON.stringify(old)}`,
  ]);
});

test("a new Worker saves what the container has, before a release takes it away", async (t) => {
  const made = await cell(t);
  await made.until("running");
  assert.equal((await made.fetch("/admin/backup")).status, 404);
  await made.renew();
  await made.health();
  await until(async () => (await made.fetch("/admin/backup")).status === 200, "it is saved");
  assert.equal(await kept(made), JSON.stringify(made.engine.backup));
  assert.equal(made.engine.created.length, 1);
});
