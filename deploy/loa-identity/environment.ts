// Where things are and how the layer runs; the defaults are the container's.
import { join } from "node:path";

export function readEnvironment(variables: NodeJS.ProcessEnv = process.env) {
  const workspace = variables["LOA_WORKSPACE"] || "/workspace";
  return {
    wal: variables["LOA_WAL_DIR"] || "/data/wal",
    state: variables["LOA_STATE_DIR"] || "/data/loa",
    identity: join(workspace, "grimoires/loa/identity.json"),
    skills: join(workspace, ".claude/skills"),
    devMode: variables["BEAUVOIR_DEV_MODE"] === "1", // "0" and "false" must not skip the recovery
    imageRevision: variables["LOA_IMAGE_REVISION"] || null,
  };
}

export type Environment = ReturnType<typeof readEnvironment>;
