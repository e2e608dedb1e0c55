// What is said of the container's health: to the public, and from what port 3000 answers.

/** What anybody may know; see harness/cloudflare/smoke.py, which reads it with `version`. */
export interface Health {
  /** The image's, as the container says it; empty where none answers. */
  revision: string;
  gateway: "running" | "starting" | "stopped";
}

/** What port 3000 answers, as far as it is of use here. */
export interface Report {
  status: string;
  revision: string;
}

const GATEWAY = new Map<string, Health["gateway"]>([
  ["healthy", "running"],
  ["starting", "starting"],
  ["reloading", "starting"],
]);

/** Takes an answer for what it is; null for anything that is no health report. */
export function parseReport(body: unknown): Report | null {
  const { status, revision } = Object(body) as Record<string, unknown>;
  if (typeof status !== "string") return null;
  return { status, revision: typeof revision === "string" ? revision : "" };
}

/** A gateway that is broken serves nobody, so it counts as stopped. */
export function healthOf({ status, revision }: Report): Health {
  return { revision, gateway: GATEWAY.get(status) ?? "stopped" };
}
