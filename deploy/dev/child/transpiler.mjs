// The gateway's transpiler is compiled as it is used, and no save is to wait for that: something is
// transpiled beforehand, of the kind that layers are written in.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const SAMPLE = fileURLToPath(new URL("sample.ts", import.meta.url));

/** @returns what became of it, or null: a gateway with another transpiler takes a little longer */
export function warmTranspiler() {
  try {
    const { createJiti } = createRequire(process.argv[1])("jiti");
    const source = readFileSync(SAMPLE, "utf8");
    return createJiti(SAMPLE, { fsCache: false }).transform({ source, filename: SAMPLE, ts: true });
  } catch {
    return null;
  }
}
