// Stands for the gateway's own entry where it is bundled; ../../gateway/run.sh starts it.
import { start } from "./load.mjs";

await start();
