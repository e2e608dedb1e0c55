// Never run: transpiler.mjs has it transpiled. It has something of each kind that layers have.
import { join } from "node:path";
import type { Stats } from "node:fs";
import manifest from "./manifest.json" with { type: "json" };
export interface Task<T> { readonly name: string; every?: number; run(): Promise<T> | T }
type Names = Record<string, string | null>;
const { id, ...rest } = manifest as unknown as Names;
const LONGEST = 1_000;
export class Tasks<T = unknown> extends Map<string, Task<T>> {
  static readonly kinds: string[] = [];
  #count = 0;
  private readonly tasks: Task<T>[];
  private timer: NodeJS.Timeout | null = null;
  constructor(tasks: Task<T>[] = [], private readonly at = Date.now()) {
    super();
    this.tasks = [...tasks];
  }
  get size(): number { return this.tasks.length + (this.#count ?? 0); }
  async start({ soon = false }: { soon?: boolean } = {}): Promise<void> {
    for (const [index, task] of this.tasks.entries()) {
      try {
        const every = task.every ?? LONGEST;
        if (!soon && every > LONGEST) continue;
        this.timer = setTimeout(() => void task.run(), every);
        this.#count += await Promise.resolve(index);
      } catch (error) {
        throw new Error(`${task.name}: ${(error as Error).message}`, { cause: error });
      } finally {
        this.timer?.unref();
      }
    }
  }
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }
}
export function named(path: string, stats?: Stats): string {
  return /^\w+$/.test(path) && stats ? join("/", path) : `${id}-${Object.keys(rest).length}`;
}
export default { id, register: (api: { log(text: string): void }) => api.log(named("x")!) };
