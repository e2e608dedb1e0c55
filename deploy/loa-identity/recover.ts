// `node recover.ts`: what the start scripts call before the gateway. One line says what was done.
import { readEnvironment } from "./environment.ts";
import { recover } from "./recovery.ts";

try {
  const { at, outcome, detail } = recover(readEnvironment());
  console.log(`${at} recovery: ${outcome} (${detail})`);
} catch (error) {
  console.error(`recovery failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
