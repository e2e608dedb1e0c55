// One Worker at work: all its live versions in one workerd, and the router that chooses among them.
import { createHash } from "node:crypto";

const MODULE_TYPES = {
  "application/javascript+module": "ESModule",
  "application/javascript": "CommonJS",
  "text/plain": "Text",
  "application/octet-stream": "Data",
  "application/wasm": "CompiledWasm",
};

/** Chooses a version as Cloudflare does: by the header that names one, else by the shares. */
const ROUTER = `
export default {
  fetch(request, { WORKER, LIVE, ...versions }) {
    const header = request.headers.get("Cloudflare-Workers-Version-Overrides") ?? "";
    const named = new RegExp(\`(?:^|,)\\\\s*\${WORKER}="([^"]+)"\`).exec(header)?.[1];
    const shares = LIVE.filter(({ percent }) => percent > 0);
    let rest = Math.random() * shares.reduce((sum, { percent }) => sum + percent, 0);
    const drawn = shares.find(({ percent }) => (rest -= percent) < 0) ?? shares.at(-1);
    const { id } = LIVE.find(({ id }) => id === named) ?? drawn;
    return versions[id].fetch(request);
  },
};
`;

/**
 * What miniflare is to run.
 * @param {string} worker the Worker's name
 * @param {{version: object, percent: number}[]} live
 * @param {object | null} container the container application
 */
export function workersOf(worker, live, container) {
  // An object runs the code of one version: here that of the version with the largest share.
  const holder = live.toSorted((one, other) => other.percent - one.percent)[0].version;
  const names = live.map(({ version }) => [version.id, nameOf(version)]);
  const router = {
    name: "router",
    modules: [{ type: "ESModule", path: "router.js", contents: ROUTER }],
    compatibilityDate: holder.compatibilityDate,
    bindings: { WORKER: worker, LIVE: live.map(({ version, percent }) => ({ id: version.id, percent })) },
    serviceBindings: Object.fromEntries(names),
  };
  return [router, ...live.map(({ version }) => workerOf(worker, version, holder, container))];
}

const nameOf = ({ id }) => `version-${id}`;

function workerOf(worker, version, holder, container) {
  const options = {
    name: nameOf(version),
    modules: modulesOf(version),
    modulesRoot: "/",
    compatibilityDate: version.compatibilityDate,
    compatibilityFlags: version.compatibilityFlags,
    bindings: { ...version.secrets },
    r2Buckets: {},
    durableObjects: {},
  };
  for (const binding of version.bindings) bind(options, binding, { worker, version, holder, container });
  return options;
}

/** The entry comes first; source maps are for people. */
function modulesOf({ mainModule, modules }) {
  const known = modules.filter(({ contentType }) => contentType !== "application/source-map");
  const sorted = known.toSorted(({ name }) => (name === mainModule ? -1 : 0));
  return sorted.map(({ name, contentType, content }) => {
    const type = MODULE_TYPES[contentType.split(";")[0].trim()];
    if (!type) throw new Error(`module ${name}: no such type: ${contentType}`);
    const bytes = Buffer.from(content, "base64");
    const binary = type === "Data" || type === "CompiledWasm";
    return { type, path: `/${name}`, contents: binary ? bytes : bytes.toString() };
  });
}

function bind(options, binding, cell) {
  const { name, type } = binding;
  const put = BINDINGS[type];
  if (!put) throw new Error(`binding ${name}: the edge knows no ${type}`);
  put(options, binding, cell);
}

const BINDINGS = {
  plain_text: ({ bindings }, { name, text }) => (bindings[name] = text),
  secret_text: ({ bindings }, { name, text }) => (bindings[name] ??= text),
  json: ({ bindings }, { name, json }) => (bindings[name] = json),
  version_metadata: ({ bindings }, { name }, { version }) => {
    bindings[name] = { id: version.id, tag: "", timestamp: "" };
  },
  r2_bucket: ({ r2Buckets }, { name, bucket_name: bucket }) => (r2Buckets[name] = bucket),
  durable_object_namespace: ({ durableObjects }, { name, class_name: className }, cell) => {
    durableObjects[name] = namespaceOf(className, cell);
  },
};

/** The same key for all versions: objects and containers outlive each of them. */
function namespaceOf(className, { worker, version, holder, container }) {
  const key = createHash("sha256").update(`${worker}/${className}`).digest("hex").slice(0, 16);
  const namespace = { className, useSQLite: true, unsafeUniqueKey: key };
  if (version !== holder) return { ...namespace, scriptName: nameOf(holder) };
  if (container?.className !== className) return namespace;
  return { ...namespace, container: { imageName: container.image } };
}
