// The gateway's transpiler is compiled as it is used, and no save is to wait for that: something is
// transpiled beforehand, of the kind that layers are written in.
import { createRequire } from "node:module";
import { join } from "node:path";

const SAMPLE = `
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
          throw new Error(\`\${task.name}: \${(error as Error).message}\`, { cause: error });
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
    return /^\\w+$/.test(path) && stats ? join("/", path) : \`\${id}-\${Object.keys(rest).length}\`;
  }
  export default { id, register: (api: { log(text: string): void }) => api.log(named("x")!) };
`;

/** @returns what became of it, or null: a gateway with another transpiler takes a little longer */
export function warmTranspiler(layer) {
  try {
    const { createJiti } = createRequire(process.argv[1])("jiti");
    const filename = join(layer, "sample.ts");
    return createJiti(filename, { fsCache: false }).transform({ source: SAMPLE, filename, ts: true });
  } catch {
    return null;
  }
}
