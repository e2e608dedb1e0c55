// The backup of the identity state, as it is kept.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { cell } from "./support.mjs";

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
