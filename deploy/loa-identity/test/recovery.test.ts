import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Environment } from "../environment.ts";
import { checkIdentity } from "../identity.ts";
import { lastRecovery, recover } from "../recovery.ts";
import { pathOf } from "../segments.ts";
import { logOf, SOUND, snapshotOf, workspace } from "./support.ts";

const OTHER = SOUND.replace("N", "Other");
const read = ({ identity }: Environment) => readFileSync(identity, "utf8");
const beside = ({ identity }: Environment) => readdirSync(dirname(identity)).sort();

test("a sound state is not touched, whatever the log holds", async (t) => {
  const environment = workspace(t);
  await logOf(environment.wal, [snapshotOf(OTHER)]);
  const before = statSync(environment.identity, { bigint: true });
  assert.equal(recover(environment).outcome, "intact");
  const after = statSync(environment.identity, { bigint: true });
  assert.deepEqual([after.mtimeNs, after.ino], [before.mtimeNs, before.ino]);
  assert.deepEqual(beside(environment), ["identity.json"]);
});

test("a missing state is restored from the newest snapshot", async (t) => {
  const environment = workspace(t, null);
  await logOf(environment.wal, [snapshotOf(SOUND), snapshotOf(OTHER), '{"kind":"heartbeat"}']);
  assert.equal(recover(environment).outcome, "restored-from-log");
  assert.equal(read(environment), OTHER);
});

test("a snapshot that is not sound is passed over for the newest that is", async (t) => {
  const environment = workspace(t, null);
  await logOf(environment.wal, [snapshotOf(SOUND), snapshotOf("{}"), "no JSON", "null"]);
  recover(environment);
  assert.equal(read(environment), SOUND);
});

test("without a snapshot the state comes from the template, and the directory too", (t) => {
  const environment = workspace(t, null);
  rmSync(dirname(environment.identity), { recursive: true });
  assert.equal(recover(environment).outcome, "restored-from-template");
  assert.equal(checkIdentity(read(environment)), read(environment));
});

for (const [what, wrong] of [
  ["schema must be 1", { schema: "1" }],
  ["name must be a text", { name: 1 }],
  ["name must be a text", { name: "" }],
  ["purpose must be a text", { purpose: 1 }],
  ["purpose must be a text", { purpose: "" }],
  ["values must be a list of texts", { values: "v" }],
  ["values must be a list of texts", { values: ["v", 1] }],
] as const) {
  test(`a state is not sound: ${JSON.stringify(wrong)}`, () => {
    const text = JSON.stringify({ ...JSON.parse(SOUND), ...wrong });
    assert.throws(() => checkIdentity(text), { message: what });
  });
}

for (const bad of ["", "{", "null", "[]", "{}", SOUND.replace("1", "2"), SOUND.replace("N", "")]) {
  test(`a bad state is kept beside the restored one: ${JSON.stringify(bad)}`, async (t) => {
    const environment = workspace(t, bad);
    await logOf(environment.wal, [snapshotOf(SOUND)]);
    const { outcome, detail } = recover(environment);
    assert.equal(outcome, "restored-from-log");
    assert.ok(detail.startsWith(`${environment.identity}: `), detail);
    assert.equal(read(environment), SOUND);
    const kept = beside(environment).find((name) => /^identity\.json\.damaged-\d+$/.test(name));
    assert.ok(kept);
    assert.equal(readFileSync(join(dirname(environment.identity), kept), "utf8"), bad);
  });
}

test("a torn tail of the log does not keep recovery from the snapshots before it", async (t) => {
  const environment = workspace(t, null);
  await logOf(environment.wal, [snapshotOf(SOUND), snapshotOf(OTHER)]);
  const segment = pathOf(environment.wal, 1);
  writeFileSync(segment, readFileSync(segment).subarray(0, -1));
  recover(environment);
  assert.equal(read(environment), SOUND);
});

test("a corrupt log fails recovery, and the bad state stays where it is", async (t) => {
  const environment = workspace(t, "bad");
  await logOf(environment.wal, [snapshotOf(SOUND), "second", "third"], 1);
  rmSync(pathOf(environment.wal, 2));
  const { outcome, detail } = recover(environment);
  assert.equal(outcome, "failed");
  assert.match(detail, /record 2 is missing or damaged/);
  assert.equal(read(environment), "bad");
  assert.equal(lastRecovery(environment)?.outcome, "failed");
});

test("what was done is written down, with time and run", (t) => {
  const environment = workspace(t);
  const recovery = recover(environment);
  assert.ok(Math.abs(Date.parse(recovery.at) - Date.now()) < 60_000);
  assert.deepEqual(lastRecovery(environment), { ...recovery, current: true });
});

test("a recovery of an earlier run of the container is not taken for this run's", (t) => {
  const environment = workspace(t);
  const recovery = { ...recover(environment), run: "an earlier one" };
  writeFileSync(join(environment.state, "recovery.json"), JSON.stringify(recovery));
  assert.equal(lastRecovery(environment)?.current, false);
});

test("a run is told from others by the boot and by the start of process 1", (t) => {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const fields = /^1 \(.*\) (.*)$/s.exec(readFileSync("/proc/1/stat", "utf8"))?.[1]?.split(" ");
  const STARTED = 22 - 3; // proc(5) counts from one, and three are before
  assert.equal(recover(workspace(t)).run, `${boot}/${fields?.[STARTED]}`);
});

test("that no recovery has run is said", (t) => {
  assert.equal(lastRecovery(workspace(t)), null);
});

test("BEAUVOIR_DEV_MODE=1 skips recovery, and that is written down", (t) => {
  const environment = workspace(t, "bad");
  const { status, stdout } = runScript(environment, "1");
  assert.equal(status, 0);
  assert.match(stdout, /^\S+Z recovery: skipped \(BEAUVOIR_DEV_MODE is 1\)\n$/);
  assert.equal(read(environment), "bad");
  assert.equal(lastRecovery(environment)?.outcome, "skipped");
});

for (const value of ["0", "", "true", undefined]) {
  test(`BEAUVOIR_DEV_MODE=${value} runs recovery`, (t) => {
    const environment = workspace(t, "bad");
    const { status, stdout, stderr } = runScript(environment, value);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^\S+Z recovery: restored-from-template \(.*identity\.json: .*\)\n$/);
    assert.notEqual(read(environment), "bad");
  });
}

test("a recovery that fails ends with 1 and one line", async (t) => {
  const environment = workspace(t, "bad");
  await logOf(environment.wal, ["first", "second", "third"], 1);
  rmSync(pathOf(environment.wal, 2));
  const { status, stdout } = runScript(environment, "0");
  assert.equal(status, 1);
  assert.match(stdout, /^\S+Z recovery: failed \(.*\)\n$/);
});

test("a second recovery finds what the first restored", (t) => {
  const environment = workspace(t, "bad");
  recover(environment);
  assert.equal(recover(environment).outcome, "intact");
  assert.equal(beside(environment).length, 2);
});

function runScript({ identity, wal, state }: Environment, devMode: string | undefined) {
  return spawnSync(process.execPath, [join(import.meta.dirname, "../recovery.ts")], {
    encoding: "utf8",
    env: {
      LOA_WORKSPACE: join(dirname(identity), "../.."),
      LOA_WAL_DIR: wal,
      LOA_STATE_DIR: state,
      ...(devMode === undefined ? {} : { BEAUVOIR_DEV_MODE: devMode }),
    },
  });
}
