// The type checker that `harness dev` keeps beside it: `node typecheck.mjs LAYER`.
//
// A line on standard input is a request, and is answered by one line of JSON with the same number:
//   {"request": 3, "total": 1, "errors": [{"file", "line", "code", "text"}, …]}   file: null, or relative to LAYER
// What is answered is the state of the files when the request was read, so that a result belongs to
// a save; `tsc --watch` decides by itself when to look, and does not say what it has seen. It ends
// with its standard input, however whoever held that has ended.
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";

const MOST_TOLD = 20;

const layer = process.argv[2];
const ts = createRequire(join(layer, "package.json"))("typescript");
const sources = new Map();
let builder;

/** The parsed file, read again only if it is another one by now. */
function sourceOf(host, read) {
  return (name, ...rest) => {
    const found = statSync(name, { throwIfNoEntry: false });
    const state = found && `${found.mtimeMs} ${found.size} ${found.ino}`;
    const known = sources.get(name);
    if (known?.state === state) return known.source;
    const source = read.call(host, name, ...rest);
    sources.set(name, { state, source });
    return source;
  };
}

function hostOf(options) {
  const host = ts.createIncrementalCompilerHost(options);
  host.getSourceFile = sourceOf(host, host.getSourceFile);
  // What an import leads to may have changed though the importing file has not.
  host.hasInvalidatedResolutions = () => true;
  return host;
}

function diagnose() {
  const problems = [];
  const parse = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (it) => problems.push(it) };
  const config = ts.getParsedCommandLineOfConfigFile(join(layer, "tsconfig.json"), { noEmit: true }, parse);
  if (!config) return problems;
  const { fileNames, options, errors, projectReferences } = config;
  const host = hostOf(options);
  builder = ts.createSemanticDiagnosticsBuilderProgram(fileNames, options, host, builder, errors, projectReferences);
  const first = [...builder.getConfigFileParsingDiagnostics(), ...builder.getSyntacticDiagnostics()];
  if (first.length > 0) return first; // as tsc has it: what follows from them is noise
  const global = [...builder.getOptionsDiagnostics(), ...builder.getGlobalDiagnostics()];
  return global.length > 0 ? global : builder.getSemanticDiagnostics();
}

function described({ file, start, code, messageText }) {
  const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : null;
  const text = ts.flattenDiagnosticMessageText(messageText, " ").replaceAll(/\s+/g, " ");
  return { file: file ? relative(layer, file.fileName) : null, line, code: `TS${code}`, text };
}

for await (const request of createInterface({ input: process.stdin })) {
  const found = ts.sortAndDeduplicateDiagnostics(diagnose()).filter((it) => it.category === ts.DiagnosticCategory.Error);
  const errors = found.slice(0, MOST_TOLD).map(described);
  process.stdout.write(`${JSON.stringify({ request: Number(request), total: found.length, errors })}\n`);
}
