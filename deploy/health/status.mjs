// What to say of the gateway, from what the start script does and what the gateway answers.

/**
 * @param phase what the start script wrote: {phase, generation, cause, since}
 * @param layer the layer's JSON, "other" when the gateway answers without it, null for no answer
 * @param served the generation that answered last, 0 for none
 */
export function statusOf(phase, layer, served) {
  const { generation = 0, cause = null, since = null } = phase;
  const status = name(phase.phase, generation, layer, served);
  const body = { status, generation, cause, since };
  if (layer !== null && layer !== "other") return { ...body, gateway: { pid: layer.pid }, layer };
  if (status === "broken") {
    return { ...body, error: "the gateway runs without the layer, which did not load: see its log" };
  }
  return body;
}

function name(phase, generation, layer, served) {
  if (phase === "stopping") return "stopped";
  // While the script replaces the gateway, an answer may still be the old one's.
  if (phase === "reloading") return "reloading";
  if (layer === null && served === generation) return "stopped";
  if (layer === null) return generation > 1 ? "reloading" : "starting";
  if (layer === "other") return "broken";
  return layer.ok ? "healthy" : "broken";
}
