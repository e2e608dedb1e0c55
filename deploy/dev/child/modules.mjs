// The modules that the gateway is made of: which those are, and importing them beforehand.
import inspector from "node:inspector";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { importPart, isPart, loadedParts } from "../bundle/load.mjs";

// The entry starts the gateway, so it must stay what is imported last.
const ENTRY = "/clawdbot/dist/entry.js";
const OWN = "/clawdbot/dist/";

/**
 * The URLs of the gateway's modules that this process has loaded, in that order: first the parts of
 * its bundle, if it has one. The debugger knows all others; hooks on loading would change how Node
 * 22 loads CommonJS.
 */
export function loadedModules() {
  const seen = new Set();
  const session = new inspector.Session();
  session.connect();
  session.on("Debugger.scriptParsed", ({ params }) => seen.add(params.url));
  session.post("Debugger.enable");
  session.disconnect();
  const urls = [...seen].map((url) => (url.startsWith("/") ? `file://${url}` : url));
  return [...loadedParts(), ...urls.filter(isOfGateway)];
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

async function importOne(url) {
  if (isPart(url)) await importPart(url);
  else if (!isRequired(url)) await import(url);
}

/** Whether another module has required it: to import it too would parse it for its exports. */
const isRequired = (url) => fileURLToPath(url) in required;
const { cache: required } = createRequire(import.meta.url);
