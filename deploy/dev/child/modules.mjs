// The modules that the gateway is made of: which those are, and importing them beforehand.
import inspector from "node:inspector";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { bundledFiles, importPart, isPart, loadedParts } from "../bundle/load.mjs";

// The entry starts the gateway, so it must stay what is imported last.
const ENTRY = "/clawdbot/dist/entry.js";
const OWN = "/clawdbot/dist/";

/**
 * The URLs of the gateway's modules that this process has loaded, in that order: first the parts of
 * its bundle, if it has one. The debugger knows all others; hooks on loading would change how Node
 * 22 loads CommonJS. It takes a third of a second of a save.
 */
export function loadedModules() {
  const seen = new Set();
  const session = new inspector.Session();
  session.connect();
  session.on("Debugger.scriptParsed", ({ params }) => seen.add(params.url));
  session.post("Debugger.enable");
  session.disconnect();
  const urls = [...seen].map((url) => (url.startsWith("/") ? `file://${url}` : url));
  // What is in the bundle too was loaded for the layer, which has copies of its own.
  const bundled = bundledFiles();
  return [...loadedParts(), ...urls.filter((url) => isOfGateway(url) && !bundled.has(fileURLToPath(url)))];
}

function isOfGateway(url) {
  const code = /^file:.*\/gateway\/node_modules\/.*\.[cm]?js$/.test(url);
  return code && !url.endsWith(ENTRY);
}

/** Imports them; the gateway's own first, which fetch most others in the order that they need. */
export async function importAll(urls) {
  const failed = [];
  for (const own of [true, false]) {
    for (const url of urls.filter((it) => it.includes(OWN) === own)) {
      await importOne(url).catch(() => failed.push(url));
    }
  }
  return failed;
}

/** To import what is required otherwise would parse it for its exports: Babel for 0.1 s. */
async function importOne(url) {
  if (isPart(url)) return await importPart(url);
  const path = fileURLToPath(url);
  if (path.endsWith(".cjs")) require(path);
  else if (!(path in require.cache)) await import(url);
}

const require = createRequire(import.meta.url);
