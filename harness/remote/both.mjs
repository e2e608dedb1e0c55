// What both ends of a link stand on.
import { Duplex } from "node:stream";

/**
 * One stream of two, whose writes never wait. Node's HTTP/2 does not read while one of its writes
 * does, so that two ends with much to say would wait for each other for good. What is kept here
 * instead is bounded by HTTP/2's own windows.
 */
export function both(readable, writable) {
  const stream = new Duplex({
    read: () => readable.resume(),
    write: (chunk, _, done) => done(void writable.write(chunk)),
    final: (done) => writable.end(done),
  });
  readable.on("data", (chunk) => stream.push(chunk) || readable.pause());
  readable.on("end", () => stream.push(null));
  writable.on("error", (error) => stream.destroy(error));
  return stream;
}
