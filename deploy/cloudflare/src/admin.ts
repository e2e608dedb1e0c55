// For whoever keeps the deployment: /admin/…, with the token like everything but health.
import { getContainer } from "@cloudflare/containers";
import type { Env } from "./env.ts";
import { load } from "./state.ts";

type Action = (env: Env) => Promise<Response>;

const ACTIONS: Record<string, Action> = {
  "GET /admin/status": async (env) => Response.json(await getContainer(env.LOA).status()),
  "GET /admin/backup": async (env) => {
    const backup = await load(env.STATE);
    return backup ? json(backup) : Response.json({ error: "there is none yet" }, { status: 404 });
  },
  "POST /admin/backup": async (env) => {
    const backup = await getContainer(env.LOA).backUp();
    return Response.json(backup ?? { error: "no container runs" }, { status: backup ? 200 : 409 });
  },
  "POST /admin/restart": async (env) => {
    await getContainer(env.LOA).restart();
    return Response.json({}, { status: 202 });
  },
};

/** Answers a request whose token was checked. */
export async function admin({ method }: Request, path: string, env: Env): Promise<Response> {
  const action = ACTIONS[`${method} ${path}`];
  if (action) return await action(env);
  return Response.json({ error: `there is ${Object.keys(ACTIONS).join(", ")}` }, { status: 404 });
}

const json = (text: string) => new Response(text, { headers: { "Content-Type": "application/json" } });
