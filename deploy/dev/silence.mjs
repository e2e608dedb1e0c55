// How long a layer that is asked has been silent. Whoever had to wait for a processor meanwhile, as on
// a busy machine, could not answer, or not hear it: that time does not count.
import { waitedMs } from "../health/gateway.mjs";

/** After so much of it that is said; the layer may still answer later. */
const SILENT_MS = 600;
const LOOK_MS = 50;

/**
 * @param {number} pid the gateway's
 * @param {() => void} onSilent called once, when it has been silent for long
 * @param {(pid: number) => number} waited how long a process has waited for a processor so far, in ms
 * @returns {() => void} ends the watch
 */
export function watchSilence(pid, onSilent, waited = waitedMs) {
  // Where the kernel tells of no waiting, all the time counts.
  const counted = () => performance.now() - waited(pid) - waited(process.pid);
  const began = counted();
  const looks = setInterval(() => {
    if (counted() - began < SILENT_MS) return;
    clearInterval(looks);
    onSilent();
  }, LOOK_MS);
  return () => clearInterval(looks);
}
