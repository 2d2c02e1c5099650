/** What the program is made of: which files and packages its modules lead to. @module */
import { listFiles } from "./files.ts";

const ROOMS = ["content", "host", "mesh", "routes", "storage", "views"];

/** Modules that are only named at run time, as `new URL("./resize.ts", import.meta.url)`: workers. */
export function listWorkers(): string[] {
  const named = /new URL\("(\.\.?\/[^"]+\.ts)", import\.meta\.url\)/g;
  return ROOMS.flatMap((room) => listFiles(room, ".ts")).flatMap((path) =>
    [...Deno.readTextFileSync(path).matchAll(named)].map(([, specifier]) =>
      new URL(specifier ?? "", `file:///${path}`).pathname.slice(1)
    )
  ).sort();
}

/** An npm package, as the compiler names it. */
export type Package = Readonly<
  { name: string; version: string; registryUrl: string; dependencies: readonly string[] }
>;
type Module = Readonly<{
  specifier: string;
  npmPackage?: string;
  dependencies?: readonly Readonly<{ code?: Readonly<{ specifier: string }> }>[];
}>;
type Graph = Readonly<{
  modules: readonly Module[];
  redirects: Readonly<Record<string, string>>;
  npmPackages: Readonly<Record<string, Package>>;
}>;

/** Every file of the checkout, and every npm package, that these modules need at run time; both sorted. */
export function readGraph(modules: readonly string[]): { files: string[]; packages: Package[] } {
  const files = new Set<string>();
  const packages = new Map<string, Package>();
  const checkout = `${new URL(`file://${Deno.cwd()}/`)}`;
  for (const module of modules) {
    const graph = askDeno<Graph>(["info", "--json", "--unstable-raw-imports", "--frozen", module]);
    const wanted: string[] = [];
    for (const { specifier, npmPackage } of listReached(graph, `${checkout}${module}`)) {
      if (npmPackage !== undefined) wanted.push(npmPackage);
      if (specifier.startsWith(checkout)) files.add(specifier.slice(checkout.length));
    }
    for (let id = wanted.pop(); id !== undefined; id = wanted.pop()) {
      const found = graph.npmPackages[id];
      if (found === undefined) throw new Error(`${module}: no package ${id} in the lock file.`);
      if (packages.has(id)) continue;
      packages.set(id, found);
      wanted.push(...found.dependencies);
    }
  }
  const sorted = [...packages.keys()].sort().map((id) => packages.get(id) as Package);
  return { files: [...files].sort(), packages: sorted };
}

/** The modules that a module leads to by code, itself among them: what is imported for its types alone is not embedded. */
function listReached({ modules, redirects }: Graph, root: string): Module[] {
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const reached = new Set([root]);
  for (const specifier of reached) {
    for (const { code } of known.get(specifier)?.dependencies ?? []) {
      if (code !== undefined) reached.add(redirects[code.specifier] ?? code.specifier);
    }
  }
  return modules.filter(({ specifier }) => reached.has(specifier));
}

/** What the compiler answers as JSON. */
export function askDeno<T>(args: readonly string[]): T {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: [...args], stderr: "inherit" })
    .outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)) as T;
}
