// Where a process runs that does not come back: its debugger is asked, which works in any loop.

const PATIENCE_MS = 5_000;
/** What transpiles a module when it is first imported, by any layer: the gateway's own ones take long. */
const IMPORTS = /\/node_modules\/jiti\/dist\//;

/**
 * @returns {Promise<{file: string, line: number, imports: boolean} | null>} the innermost place in the
 *   layer, and whether something that it imports is being loaded
 */
export async function stuckAt(port, layer) {
  if (port === null) return null;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal });
    const [{ webSocketDebuggerUrl }] = await answer.json();
    const places = await placesOf(new WebSocket(webSocketDebuggerUrl), signal);
    const at = places.findIndex(({ file }) => file.startsWith(`${layer}/`));
    return at < 0 ? null : { ...places[at], imports: places.slice(0, at).some(({ file }) => IMPORTS.test(file)) };
  } catch {
    return null;
  }
}

/** Where the process is, innermost first. */
function placesOf(socket, signal) {
  const files = new Map();
  return new Promise((resolve, reject) => {
    const leave = (how) => (value) => (socket.close(), how(value));
    signal.addEventListener("abort", leave(reject));
    // Closed while it connects, it fails once more.
    socket.addEventListener("error", leave(reject), { once: true });
    const ask = (method, id) => socket.send(JSON.stringify({ id, method }));
    socket.addEventListener("open", () => ["Debugger.enable", "Debugger.pause"].forEach(ask));
    socket.addEventListener("message", ({ data }) => {
      const { method, params } = JSON.parse(data);
      if (method === "Debugger.scriptParsed") files.set(params.scriptId, pathOf(params.url));
      if (method !== "Debugger.paused") return;
      const place = ({ scriptId, lineNumber }) => ({ file: files.get(scriptId) ?? "", line: lineNumber + 1 });
      leave(resolve)(params.callFrames.map(({ location }) => place(location)));
    });
  });
}

const pathOf = (url) => url.replace(/^file:\/\//, "");
