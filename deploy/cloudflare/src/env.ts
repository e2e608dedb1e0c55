// What wrangler.jsonc binds, and the secrets of an environment.
import type { LoaContainer } from "./container.ts";

export interface Env {
  LOA: DurableObjectNamespace<LoaContainer>;
  STATE: R2Bucket;
  VERSION: WorkerVersionMetadata;
  /** Who has it may use the gateway; without it nobody may. */
  CLAWDBOT_GATEWAY_TOKEN?: string;
  ANTHROPIC_API_KEY?: string;
  OPENAI_API_KEY?: string;
  GEMINI_API_KEY?: string;
  OPENROUTER_API_KEY?: string;
}

const FOR_THE_CONTAINER = [
  "CLAWDBOT_GATEWAY_TOKEN",
  "ANTHROPIC_API_KEY",
  "OPENAI_API_KEY",
  "GEMINI_API_KEY",
  "OPENROUTER_API_KEY",
] as const;

/** The secrets that are set, as the container's variables. */
export function variables(env: Env): Record<string, string> {
  const set = FOR_THE_CONTAINER.map((name) => [name, env[name] ?? ""]).filter(([, value]) => value);
  return Object.fromEntries(set) as Record<string, string>;
}
