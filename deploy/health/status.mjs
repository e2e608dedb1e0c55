// What to say of the gateway, from what the start script does and what the layer answers.

/** So long may a gateway take until the layer answers; 3 s are usual, 20 s were seen. */
const PATIENCE_MS = 30_000;

/**
 * @typedef State what the start script wrote
 * @property {"starting" | "running" | "reloading" | "ended" | "stopping"} phase
 * @property {number} generation how many gateways it has started
 * @property {string} since when it wrote this, ISO 8601
 * @property {number | null} pid the gateway's
 * @property {string} error why the gateway ended
 *
 * @typedef Facts what was seen just now
 * @property {object | "other" | null} answer the layer's; "other" is not the layer's; null is none
 * @property {boolean} alive whether the gateway's process is there
 * @property {boolean} served whether this gateway has been healthy before
 * @property {number} now in ms since the epoch
 */

/**
 * @param {State} state
 * @param {Facts} facts
 * @returns {{status: string, error?: string}} the error where the status does not say it all
 */
export function judge(state, { answer, alive, served, now }) {
  const coming = { status: state.generation > 1 ? "reloading" : "starting" };
  if (state.phase === "stopping") return { status: "stopped" };
  if (state.phase === "ended") return { status: "stopped", error: state.error };
  if (state.phase !== "running") return coming;
  if (!alive) return { status: "stopped", error: "the gateway ended by itself" };
  if (answer === "other") return { status: "broken", error: "the layer did not load" };
  // An answer of another process would be of another generation.
  if (answer?.pid === state.pid) return ofLayer(answer, coming);
  const silent = served || now - Date.parse(state.since) > PATIENCE_MS;
  return silent ? { status: "broken", error: "the gateway does not answer" } : coming;
}

function ofLayer(layer, coming) {
  if (layer.status === "ok") return { status: "healthy" };
  if (layer.status === "waiting") return coming;
  return { status: "broken", error: layer.wal?.error ?? `the layer is ${layer.status}` };
}
