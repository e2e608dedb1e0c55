// check.mjs: whether each part of the bundle in LOA_GATEWAY_BUNDLE can be imported. Nothing is
// started by that, since the part that starts the gateway is left out.
import { importPart, parts } from "./load.mjs";

for (const part of parts()) await importPart(part);
process.exit(0);
