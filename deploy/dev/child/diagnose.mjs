// Why the layer did not load. The gateway logs the text of the error only, so the layer is loaded
// once more, in a process that is given up anyway, to see where the error was thrown.
import { createRequire } from "node:module";
import { join } from "node:path";
import { failureOf } from "../failure.mjs";

/** What its register is given: anything can be read and called, and does nothing. */
const nothing = new Proxy(() => {}, { get: () => nothing, apply: () => undefined });

/** @returns {Promise<import("../failure.mjs").Failure | null>} null if it loads this time */
export async function diagnose(layer) {
  const { createJiti } = createRequire(process.argv[1])("jiti");
  const entry = join(layer, "index.ts");
  try {
    const loaded = createJiti(entry, { interopDefault: true, moduleCache: false })(entry);
    const definition = loaded.default ?? loaded;
    const register = typeof definition === "function" ? definition : definition.register;
    if (typeof register !== "function") return { file: entry, line: null, text: "it exports no register function" };
    await register(nothing);
    return null;
  } catch (error) {
    return failureOf(error, layer);
  }
}
