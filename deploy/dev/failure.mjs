// What is wrong with the layer, and where: from an error, and from files that cannot be parsed.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

const LONGEST = 300;

/**
 * @typedef Failure
 * @property {string | null} file relative to the workspace, once it has left the reloader
 * @property {number | null} line counted from 1
 * @property {string} text on one line
 */

/** The failure that an error of the layer's code tells of. */
export function failureOf(error, layer) {
  const message = String(error?.message ?? error);
  // The stack begins with who imported it.
  const json = brokenJson(/^\/.+\.json(?=: )/.exec(message) ?? []);
  if (json) return json;
  const place = placeIn(`${error?.stack ?? ""}\n${message}`, layer);
  const name = error?.name && error.name !== "Error" ? `${error.name}: ` : "";
  return { ...place, text: name + oneLine(message, layer) };
}

/** Of which it is not known where it is. */
export const nowhere = (text) => ({ file: null, line: null, text });

/** What a process that ended last said of an error, Node's own report before anything else. */
const TELLING = [/^(Uncaught )?\w*Error\b.*: /, /error|fail|invalid|cannot|missing/i];

/** The failure that what a gateway printed tells of. */
export function failureIn(lines, layer, otherwise) {
  const json = brokenJson([join(layer, "clawdbot.plugin.json")]);
  if (json) return json;
  const told = TELLING.map((it) => lines.findIndex((line) => it.test(line))).find((at) => at >= 0);
  if (told === undefined) return nowhere(otherwise);
  const text = lines[told].replace(/^[\dT:.Z+-]+ \[\w+\] /, "");
  return { ...placeIn(lines.slice(told).join("\n"), layer), text: oneLine(text, layer) };
}

/** The innermost place in the layer that a stack, or a parser's message, names. */
export function placeIn(text, layer) {
  const path = layer.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const file = `(${path}/[^\\n:]+?\\.(?:[cm]?[jt]sx?|json))`;
  // One that names the line as well is where it happened; one that does not may be who asked for it.
  const [, at, line] = new RegExp(`${file}:(\\d+)`).exec(text) ?? [];
  if (at) return { file: at, line: Number(line) };
  const [, alone = null] = new RegExp(`${file}(?=[:'"),\\s]|$)`).exec(text) ?? [];
  return { file: alone, line: null };
}

/** The first of these files that is JSON and cannot be parsed. */
export function brokenJson(files) {
  for (const file of files.filter((it) => it.endsWith(".json"))) {
    const text = textOf(file);
    const error = text === null ? null : syntaxError(text);
    if (error) return { file, line: lineOf(text), text: oneLine(error.message) };
  }
  return null;
}

function textOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null; // not there, which is something else
  }
}

function syntaxError(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error;
  }
}

/** V8 says the position, or quotes what is around it: ten characters to either side, if there are. */
function lineOf(text) {
  const padding = " ".repeat(20);
  const padded = padding + text + padding;
  const { message } = syntaxError(padded);
  const position = /at position (\d+)/.exec(message)?.[1];
  const [, quoted] = /, \.\.\."(.*)"\.\.\. is not valid JSON/s.exec(message) ?? [];
  const [before, after] = padded.split(quoted);
  const at = position ?? (after === undefined ? padded.length : before.length + 10);
  return text.slice(0, Number(at) - padding.length).split("\n").length;
}

/** Without the parser's picture of the place, and without the path, which is said before it. */
function oneLine(message, layer = "") {
  const first = message.trim().split("\n")[0];
  return first.replaceAll(`${layer}/`, "").replaceAll(/\s+/g, " ").trim().slice(0, LONGEST);
}

/** "deploy/loa-identity/scheduler.ts:12: SyntaxError: …" */
export function sentence({ file, line, text }) {
  return [file, line].filter((it) => it !== null).join(":") + (file ? ": " : "") + text;
}

/** With the file as the checkout names it. */
export function within(workspace, failure) {
  return { ...failure, file: failure.file && relative(workspace, failure.file) };
}
