// Takes and releases the lock in argv[2] many times. Whoever has it writes its name into a file
// that nobody else may find.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Wal } from "../wal.ts";

const directory = process.argv[2]!;
const marker = join(directory, "inside");
for (let turn = 0; turn < 20; turn += 1) {
  const wal = await Wal.open(directory, { patienceMs: 20_000 });
  writeFileSync(marker, String(process.pid), { flag: "wx" });
  await wal.append(Buffer.from("inside"));
  rmSync(marker);
  // Some die with the lock in their hand.
  if (turn === 10 && process.argv[3] === "dies") process.kill(process.pid, "SIGKILL");
  await wal.close();
}
