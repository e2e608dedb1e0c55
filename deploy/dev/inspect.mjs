// A debugger's port that outlives the gateways: whoever connects speaks with the one that serves.
import net from "node:net";

/** Opens the port; a debugger that attaches again after a reload finds the new gateway there. */
export function inspectorDoor(port, reload) {
  const server = net.createServer((client) => {
    const target = reload.active?.inspectorPort;
    if (!target) return client.destroy();
    const gateway = net.connect(target, "127.0.0.1");
    for (const [one, other] of [[client, gateway], [gateway, client]]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    client.pipe(gateway).pipe(client);
  });
  return new Promise((done, failed) => server.once("error", failed).listen(port, () => done(server)));
}
