// The identity state, carried from one container to the next: in production the disk is new at every
// start, and what was changed on it would be lost. The Worker keeps the backup, see
// deploy/cloudflare/src/state.ts.
//
//   node backup.mjs   before the recovery: put back what LOA_IDENTITY_BACKUP holds, or else
//                     LOA_IDENTITY_BACKUP_BEFORE, if it fits; `none` where there is no backup yet
//
// A backup says which state its image came with. It fits images that come with the same one; another
// one was edited in the repository since, and that edit wins. Where a release with such an edit is
// taken back, the one before fits.
import { createHash, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SCHEMA = 1;

/** @param {NodeJS.ProcessEnv} variables */
function placesOf(variables) {
  const workspace = variables.LOA_WORKSPACE || "/workspace";
  const identity = join(workspace, "grimoires/loa/identity.json");
  const rules = join(workspace, "deploy/loa-identity/identity.ts");
  return { identity, shipped: `${identity}.shipped`, rules };
}

/**
 * What the Worker is to keep.
 * @throws {Error} the state is not sound just now, or the container started without `restore`
 */
export async function backup(variables = process.env) {
  const { identity, shipped, rules } = placesOf(variables);
  const { readIdentity } = await import(rules);
  return { schema: SCHEMA, shipped: readFileSync(shipped, "utf8"), identity: readIdentity(identity) };
}

/** Puts the backup's state in the place of the image's own; says in a few words what was done. */
export async function restore(variables = process.env) {
  const { identity, shipped, rules } = placesOf(variables);
  if (existsSync(shipped)) return "kept: the same container starts again";
  const own = digest(readFileSync(identity));
  writeFileSync(shipped, own);
  const { LOA_IDENTITY_BACKUP: newest, LOA_IDENTITY_BACKUP_BEFORE: before } = variables;
  if (newest === "none") return "as shipped: there is no backup";
  const saved = [newest, before].filter(Boolean).map((it) => JSON.parse(it));
  const fitting = saved.find((it) => it.schema === SCHEMA && it.shipped === own);
  if (!fitting) return `as shipped: ${whyNot(saved[0])}`;
  const { checkIdentity } = await import(rules);
  writeFileSync(`${identity}.new`, checkIdentity(fitting.identity), { flush: true });
  renameSync(`${identity}.new`, identity);
  return fitting === saved[0] ? "as the last container left it" : "as before the edit of it";
}

function whyNot({ schema }) {
  return schema === SCHEMA ? "it was edited since the backup" : `the backup has schema ${schema}`;
}

/** Whether a request carries the gateway's token; how long that takes tells nothing of it. */
export function hasToken({ authorization = "" }, token = process.env.CLAWDBOT_GATEWAY_TOKEN) {
  const same = timingSafeEqual(hash(authorization), hash(`Bearer ${token}`));
  return Boolean(token) && same;
}

const hash = (content) => createHash("sha256").update(content).digest();
const digest = (content) => hash(content).toString("hex");

if (process.argv[1] === import.meta.filename) {
  // The container starts all the same: the image's own state is sound.
  const done = await restore().catch((error) => `as shipped: ${error.message}`);
  console.log(`${new Date().toISOString()} identity: ${done}`);
}
