import assert from "node:assert/strict";
import { test } from "node:test";
import { replay } from "../segments.ts";
import { run, scratch, until } from "./support.ts";

const ROUNDS = 20;

test("a writer killed at any moment loses nothing that it acknowledged", async (t) => {
  const directory = scratch(t);
  const acknowledged = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [sequence, length] of await killedAfter(round * 7, directory)) {
      assert.ok(!acknowledged.has(sequence), `record ${sequence} was acknowledged twice`);
      acknowledged.set(sequence, length);
    }
    const found = new Map([...replay(directory)].map((it) => [it.sequence, it.payload.length]));
    for (const [sequence, length] of acknowledged) assert.equal(found.get(sequence), length);
  }
  assert.ok(acknowledged.size > ROUNDS);
});

/** What a writer had acknowledged when it was killed, shortly after so many records. */
async function killedAfter(records: number, directory: string): Promise<[number, number][]> {
  const writer = run("writer.ts", directory);
  await until(() => writer.printed().split("\n").length > records + 1, "the writer's records");
  writer.child.kill("SIGKILL");
  await writer.closed;
  const lines = writer.printed().split("\n").slice(0, -1);
  return lines.map((line) => line.split(" ").map(Number) as [number, number]);
}
