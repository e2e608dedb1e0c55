import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnvironment } from "../environment.ts";

const CONTAINERS = {
  wal: "/data/wal",
  state: "/data/loa",
  identity: "/workspace/grimoires/loa/identity.json",
  skills: "/workspace/.claude/skills",
  devMode: false,
  imageRevision: null,
};

test("without variables all is where the container has it", () => {
  assert.deepEqual(readEnvironment({}), CONTAINERS);
});

test("an empty variable is none", () => {
  const empty = { LOA_WORKSPACE: "", LOA_WAL_DIR: "", LOA_STATE_DIR: "", LOA_IMAGE_REVISION: "" };
  assert.deepEqual(readEnvironment(empty), CONTAINERS);
});

test("each variable is taken", () => {
  const given = { LOA_WORKSPACE: "/w", LOA_WAL_DIR: "/l", LOA_STATE_DIR: "/s", LOA_IMAGE_REVISION: "r", BEAUVOIR_DEV_MODE: "1" };
  const places = { identity: "/w/grimoires/loa/identity.json", skills: "/w/.claude/skills" };
  assert.deepEqual(readEnvironment(given), { wal: "/l", state: "/s", ...places, devMode: true, imageRevision: "r" });
});
