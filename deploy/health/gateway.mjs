// What can be learned of the gateway: the layer's answer, its process, and the errors in its log.
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const LOG_DIRECTORY = "/tmp/clawdbot";
const LOG_TAIL_BYTES = 1 << 16;
const LONGEST_ERROR = 500;
/** Of the kernel's figures for programs, whatever its own clock does. */
const TICKS_PER_SECOND = 100;

/**
 * Asks for /loa/health. The gateway answers unknown paths too, so only JSON of the layer's shape
 * counts.
 * @param {number | string} where the gateway's port on this host, or the path of its socket
 * @returns {Promise<object | "other" | null>} the layer's answer, another one, or none in time
 */
export function askLayer(where, milliseconds) {
  const signal = AbortSignal.timeout(milliseconds);
  const target = typeof where === "string" ? { socketPath: where } : { host: "127.0.0.1", port: where };
  const options = { ...target, path: "/loa/health", agent: false, signal };
  return new Promise((resolve) => {
    const request = get(options, (response) => {
      text(response).then((body) => resolve(parseLayer(body)), () => resolve(null));
    });
    request.on("error", () => resolve(null));
  });
}

function parseLayer(body) {
  try {
    const { status, pid } = JSON.parse(body);
    if (typeof status === "string" && typeof pid === "number") return JSON.parse(body);
  } catch {
    // The control page, or "Not Found".
  }
  return "other";
}

/** The gateway's process: its number and its memory in bytes; null when it is not there. */
export function processOf(pid) {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return kilobytes && { pid, residentBytes: Number(kilobytes[1]) * 1024 };
  } catch {
    return null;
  }
}

/** How long a process has had a processor so far, in ms; 0 when it is not there. */
export function processorMs(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * (1_000 / TICKS_PER_SECOND);
  } catch {
    return 0;
  }
}

/**
 * How long its threads have waited for a processor so far, in ms, all of them added up; 0 when it is
 * not there, or its kernel keeps no such account.
 */
export function waitedMs(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, thread) => sum + waitOf(`/proc/${pid}/task/${thread}`), 0);
  } catch {
    return 0;
  }
}

function waitOf(thread) {
  try {
    return Number(readFileSync(`${thread}/schedstat`, "utf8").split(" ")[1]) / 1e6;
  } catch {
    return 0; // it has just ended
  }
}

/** The first error that the gateway logged since then, on one line, or null. */
export function loggedError(since, directory = LOG_DIRECTORY) {
  try {
    const records = tailOf(newestIn(directory)).split("\n").map(parseRecord);
    const found = records.find((it) => it?.level === "ERROR" && it.at >= Date.parse(since));
    return found ? redact(found.message).slice(0, LONGEST_ERROR) : null;
  } catch {
    return null; // it has not written one yet
  }
}

function newestIn(directory) {
  const paths = readdirSync(directory).map((name) => join(directory, name));
  return paths.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)[0];
}

function tailOf(path) {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(LOG_TAIL_BYTES);
    const from = Math.max(0, statSync(path).size - LOG_TAIL_BYTES);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, LOG_TAIL_BYTES, from));
  } finally {
    closeSync(file);
  }
}

/** Its records are the arguments of a log call by position, and `_meta`. */
function parseRecord(line) {
  try {
    const { _meta: meta, ...record } = JSON.parse(line);
    const message = String(record[1] ?? record[0]).replaceAll(/\s+/g, " ").trim();
    return { level: meta.logLevelName, at: Date.parse(meta.date), message };
  } catch {
    return null; // the tail begins in the middle of one
  }
}

/** Code that fails may quote a credential of its environment; this answer goes to anybody. */
export function redact(message) {
  const secret = /TOKEN|KEY|SECRET|PASSWORD|CREDENTIAL|COOKIE/i;
  const values = Object.entries(process.env)
    .filter(([name, value]) => secret.test(name) && value.length >= 6)
    .map(([, value]) => value);
  return values.reduce((kept, value) => kept.replaceAll(value, "***"), message);
}
