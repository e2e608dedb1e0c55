// What is wrong with the layer, and where: from an error, and from files that cannot be parsed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const LONGEST = 300;

/**
 * @typedef Failure
 * @property {string | null} file relative to the workspace, once it has left the reloader
 * @property {number | null} line counted from 1
 * @property {string} text on one line
 */

/** The failure that an error of the layer's code tells of. */
export function failureOf(error, layer) {
  const all = `${error?.stack ?? ""}\n${error?.message ?? error}`;
  const missing = /Cannot find module '([^']+)'/.exec(all)?.[1];
  const place = (missing && placeOfImport(missing, layer)) || placeIn(all, layer);
  const name = error?.name && error.name !== "Error" ? `${error.name}: ` : "";
  return { ...place, text: name + oneLine(error?.message ?? String(error), layer) };
}

/** The innermost place in the layer that a stack, or a parser's message, names. */
export function placeIn(text, layer) {
  const path = layer.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found = new RegExp(`(${path}/[^\\s:()'"]+?\\.[a-z]+)(?::(\\d+))?`).exec(text);
  if (!found) return { file: null, line: null };
  const [, file, line] = found;
  const parsed = line ?? /\((\d+):\d+\)/.exec(text)?.[1] ?? null;
  return { file, line: parsed === null ? null : Number(parsed) };
}

/** Who imports a module that is not there. */
function placeOfImport(missing, layer) {
  for (const name of readdirSync(layer, { recursive: true })) {
    if (!/\.[cm]?[jt]s$/.test(name) || /(^|\/)node_modules\//.test(name)) continue;
    const file = join(layer, name);
    const lines = readFileSync(file, "utf8").split("\n");
    const index = lines.findIndex((line) => imports(line, missing, dirname(file)));
    if (index >= 0) return { file, line: index + 1 };
  }
  return null;
}

function imports(line, missing, directory) {
  const [, , wanted] = /(from|import|require\()\s*\(?["']([^"']+)["']/.exec(line) ?? [];
  if (!wanted) return false;
  return wanted === missing || (join(directory, wanted) === missing && !existsSync(missing));
}

/** The first of these files that is JSON and cannot be parsed. */
export function brokenJson(files) {
  for (const file of files.filter((it) => it.endsWith(".json"))) {
    try {
      JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
      if (error instanceof SyntaxError) return { file, line: lineOf(error, file), text: oneLine(error.message) };
    }
  }
  return null;
}

/** V8 says the position, or quotes what is around it, ten characters to either side. */
function lineOf({ message }, file) {
  const text = readFileSync(file, "utf8");
  const position = /at position (\d+)/.exec(message)?.[1];
  const [, cut, quoted = ""] = /, (\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON/s.exec(message) ?? [];
  const at = position ?? Math.max(0, text.indexOf(quoted)) + (cut ? 10 : 0);
  return text.slice(0, Number(at)).split("\n").length;
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
