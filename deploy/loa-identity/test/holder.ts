// Holds the log in argv[2] until its input ends, or until it is killed.
import { Wal } from "../wal.ts";

const wal = await Wal.open(process.argv[2]!);
console.log("holding");
for await (const _ of process.stdin);
await wal.close();
