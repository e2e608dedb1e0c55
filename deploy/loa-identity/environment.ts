// Where things are; the defaults are the container's.
import { join } from "node:path";

export interface Environment {
  wal: string;
  state: string;
  identity: string;
  skills: string;
  devMode: boolean;
  imageRevision: string | null;
}

type Variables = Record<string, string | undefined>;

export function readEnvironment(variables: Variables = process.env): Environment {
  const workspace = variables["LOA_WORKSPACE"] ?? "/workspace";
  return {
    wal: variables["LOA_WAL_DIR"] ?? "/data/wal",
    state: variables["LOA_STATE_DIR"] ?? "/data/loa",
    identity: join(workspace, "grimoires", "loa", "identity.json"),
    skills: join(workspace, ".claude", "skills"),
    devMode: variables["BEAUVOIR_DEV_MODE"] === "1",
    imageRevision: variables["LOA_IMAGE_REVISION"] ?? null,
  };
}
