// check.mjs: whether each part of the bundle in LOA_GATEWAY_BUNDLE can be imported. Nothing is
// started by that, since the part that starts the gateway is left out. What is made later is made at
// once here, so that what cannot be made is found.
import { importPart, parts } from "./load.mjs";

globalThis[Symbol.for("loa.later")] = (make) => make();

for (const part of parts()) await importPart(part);
process.exit(0);
