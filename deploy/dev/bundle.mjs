// Whether gateways are started from the bundle that the image may have, see bundle/build.mjs: as
// long as it loads.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { say } from "./log.mjs";

export class Bundle {
  /** Where it is; null if gateways are to be started from their thousands of modules. */
  directory = null;
  #proved = false;

  constructor(directory) {
    if (existsSync(join(directory, "bundle.json"))) this.directory = directory;
    else say("start: this image has no bundle of the gateway, so each one takes longer to load");
  }

  /** Learns from this gateway, which was started from it, whether it loads; returns the gateway. */
  watch(gateway) {
    if (!this.directory) return gateway;
    gateway.once("listening", () => (this.#proved = true));
    gateway.once("warmed", (failed) => failed.length > 0 && this.#giveUp(failed[0]));
    gateway.once("exit", ({ before }) => {
      // Later the layer may have ended it.
      if (before === "loading" && !this.#proved) this.#giveUp("it ended at once");
    });
    return gateway;
  }

  #giveUp(why) {
    if (!this.directory) return;
    this.directory = null;
    say(`start: the gateway's bundle does not load (${why}); without it each gateway takes longer to load`);
  }
}
