// What wrangler.jsonc binds, and the secrets of an environment.
import type { LoaContainer } from "./container.ts";

/** The secrets that the container is given. Who has the first may use the gateway; without it nobody may. */
const FOR_THE_CONTAINER = [
  "CLAWDBOT_GATEWAY_TOKEN",
  "ANTHROPIC_API_KEY",
  "OPENAI_API_KEY",
  "GEMINI_API_KEY",
  "OPENROUTER_API_KEY",
] as const;

export interface Env extends Partial<Record<(typeof FOR_THE_CONTAINER)[number], string>> {
  LOA: DurableObjectNamespace<LoaContainer>;
  STATE: R2Bucket;
  VERSION: WorkerVersionMetadata;
}

/** The secrets that are set, as the container's variables. */
export function variables(env: Env): Record<string, string> {
  const set = FOR_THE_CONTAINER.map((name) => [name, env[name] ?? ""]).filter(([, value]) => value);
  return Object.fromEntries(set) as Record<string, string>;
}
