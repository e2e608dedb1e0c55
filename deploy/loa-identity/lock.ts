// One writer at a time. The lock is a socket in the log's own directory: the kernel answers for a
// holder that lives, also one in another container, and refuses for one that died in whatever way.
import { existsSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";

export class HeldError extends Error {}

export interface Lock {
  release(): Promise<void>;
}

export async function acquire(directory: string): Promise<Lock> {
  const path = join(directory, "lock");
  const holder = await ask(path);
  if (holder !== null) throw new HeldError(`${directory} is being written by process ${holder}`);
  await removeDead(path);
  const server = await listen(path);
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Moves the dead lock aside before removing it: what was moved may be a living one by now. */
async function removeDead(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // somebody else removes it; `listen` tells who comes first
  }
  const holder = await ask(aside);
  if (holder === null) return rmSync(aside, { force: true });
  renameSync(aside, path);
  throw new HeldError(`${path} was taken this very moment by process ${holder}`);
}

/** The process id of a living holder, as it says itself; null when nobody answers. */
function ask(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => (answer += text));
    socket.on("error", () => resolve(null));
    socket.on("end", () => resolve(answer || "unknown"));
  });
}

function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.end(String(process.pid)));
  server.unref();
  return new Promise((resolve, reject) => {
    // Somebody else was faster: the kernel lets only one of us have the name.
    server.on("error", () => reject(new HeldError(`${path} was taken this very moment`)));
    server.listen(path, () => resolve(server));
  });
}
