// Appends to the log in argv[2] until it is killed, and says what was acknowledged.
import { Wal } from "../wal.ts";

const wal = await Wal.open(process.argv[2]!, { segmentBytes: 4096 });
for (;;) {
  const batch = Array.from({ length: 1 + Math.floor(Math.random() * 5) }, async () => {
    const payload = `${Math.random()} `.repeat(1 + Math.floor(Math.random() * 20));
    const sequence = await wal.append(Buffer.from(payload));
    process.stdout.write(`${sequence} ${payload.length}\n`);
  });
  await Promise.all(batch);
}
