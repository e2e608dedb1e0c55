// The handover's main program; start-loa-dev.sh becomes it. See reload.mjs for what it does.
//
// LOA_WORKSPACE                          where the checkout's directories are mounted
// LOA_WATCH_INCLUDE, LOA_WATCH_EXCLUDE   JSON lists of globs relative to it: what counts as code
// LOA_RELOAD_LIMIT                       how long a load may take, in seconds
// LOA_IDLE_MINUTES                       after how long without a save no gateway is kept warm
// LOA_INSPECT                            1: a debugger finds whichever gateway serves on port 9229
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bundle } from "./bundle.mjs";
import { Door } from "./door.mjs";
import { Gateway } from "./gateway.mjs";
import { inspectorDoor } from "./inspect.mjs";
import { say } from "./log.mjs";
import { Notice } from "./notice.mjs";
import { Reload } from "./reload.mjs";
import { Report } from "./report.mjs";
import { serve } from "./server.mjs";
import { Sources } from "./sources.mjs";
import { Watch } from "./watch.mjs";

const GATEWAY_PORT = 18789;
const HEALTH_PORT = 3000;
const INSPECTOR_PORT = 9229;
const INCLUDED = ["deploy/loa-identity/**/*.ts", "deploy/loa-identity/clawdbot.plugin.json"];
const EXCLUDED = ["**/*.test.ts", "**/test/**", "**/node_modules/**"];

/** Node fires a longer one at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const environment = process.env;
const workspace = environment.LOA_WORKSPACE || "/workspace";
const layer = join(workspace, "deploy/loa-identity");
const roots = [layer, join(workspace, ".claude"), join(workspace, "grimoires")];
const home = join(environment.LOA_HOME || "/opt/loa", "gateway");
const command = join(home, "run.sh");

/** A number above zero of the environment. */
function number(name, otherwise) {
  const value = Number(environment[name] || otherwise);
  if (value > 0 && value < Infinity) return value;
  say(`start: ${name} is no number above zero: ${environment[name]}`);
  process.exit(2);
}

function globs(name, otherwise) {
  if (!environment[name]) return otherwise;
  try {
    return JSON.parse(environment[name]).map(String);
  } catch {
    say(`start: ${name} is no JSON list of globs: ${environment[name]}`);
    process.exit(2);
  }
}

const run = mkdtempSync(join(tmpdir(), "loa-"));
process.on("exit", () => rmSync(run, { recursive: true, force: true }));

const sources = new Sources(workspace, globs("LOA_WATCH_INCLUDE", INCLUDED), globs("LOA_WATCH_EXCLUDE", EXCLUDED));
const report = new Report(workspace, layer);
const door = new Door();
const bundle = new Bundle(join(home, "node_modules/.bundle"));
const make = () =>
  bundle.watch(new Gateway({ run, command, options: ["--verbose"], layer, bundle: bundle.directory }));
const limitMs = number("LOA_RELOAD_LIMIT", 10) * 1_000;
const idleMs = Math.min(number("LOA_IDLE_MINUTES", 10) * 60_000, LONGEST_TIMER_MS);
const reload = new Reload({ make, sources, door, report, limitMs, idleMs });
const notice = new Notice({ sources, reload, report });
notice.watch = new Watch(roots, (paths, how) => notice.saw(paths, how), (message) => say(`start: ${message}`));

async function stop() {
  notice.watch.stop();
  report.stopping();
  door.close();
  await reload.stop();
  process.exit(0);
}
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, stop);

await serve(HEALTH_PORT, { reload, report, notice });
await door.listen(GATEWAY_PORT);
if (environment.LOA_INSPECT === "1") await inspectorDoor(INSPECTOR_PORT, reload);
sources.start(notice.watch.start());
report.starting();
reload.start();
