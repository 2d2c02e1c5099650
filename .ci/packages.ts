/**
 * Which files of the npm packages the program can load. Packages bring much more than that (tests, maps, types, builds for other
 * places), and a program has everything that is embedded in its memory.
 * @module
 */
import type { Package } from "./graph.ts";

/** Where the compiler keeps a package; the folder need not be there. */
export type PackageFolder = (one: Package) => string;

/** What a module names: `from "x"`, `import "x"`, `import("x")`, `require("x")`. */
const NAMED = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(["'`])([^"'`\s]+)\1/g;
/** A file beside it: `new URL("x", …)`. */
const BESIDE = /\bnew URL\s*\(\s*(["'`])([^"'`\s:]+)\1/g;
/** Where that leads nowhere at run time: imports of types alone, and comments that are lines of their own. */
const NOT_RUN = /^(?:import|export) type [^;]*;|^[ \t]*\/\*[\s\S]*?\*\//gm;
/** Conditions of `exports` that hold for whoever imports, and for whoever requires; which of them it is, the text does not say. */
const CONDITIONS = ["import", "require"].map((
  kind,
) => [kind, "deno", "node", "module-sync", "default"]);
const ENDINGS = ["", ".js", ".cjs", ".mjs", ".json", "/index.js", "/index.cjs", "/index.json"];
const LOADED = /\.([cm]?js|json|wasm)$/;
const LICENCE = /^(licen[cs]e|copying|notice)/i;

/** The files, by package: paths inside of it, sorted. `roots` are modules of the checkout that name packages. */
export function listLoaded(
  packages: readonly Package[],
  roots: readonly string[],
  folderOf: PackageFolder,
): Map<Package, string[]> {
  const walk = new Walk(packages, folderOf);
  for (const root of roots) {
    for (const specifier of readNamed(root)) walk.enter(specifier, packages);
  }
  return walk.end();
}

/** What a package asks for in return: the text of its licence, or what its description says of it. */
export function readLicence(folder: string): string {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const texts = names.filter((name) => LICENCE.test(name)).sort()
    .map((name) => Deno.readTextFileSync(`${folder}/${name}`));
  if (texts.length > 0) return texts.join("\n");
  const { license, author } = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
  return `${license ?? "no licence named"}${
    author === undefined ? "" : `, ${author.name ?? author}`
  }`;
}

class Walk {
  readonly #packages: readonly Package[];
  readonly #folderOf: PackageFolder;
  readonly #reached = new Map<Package, Set<string>>();
  readonly #waiting: [Package, string][] = [];

  constructor(packages: readonly Package[], folderOf: PackageFolder) {
    this.#packages = packages;
    this.#folderOf = folderOf;
    for (const one of packages) this.#reached.set(one, new Set());
  }

  /** Follows `name` or `name/path` to that one of the packages. */
  enter(specifier: string, packages: readonly Package[]): void {
    const [, name = "", path = ""] = /^((?:@[^/]+\/)?[^/]+)(\/.+)?$/.exec(specifier) ?? [];
    for (const one of packages) {
      if (one.name !== name) continue;
      for (const target of findTargets(this.#folderOf(one), path)) this.#reach(one, target);
    }
  }

  /** Follows everything that was reached, then says what that is. */
  end(): Map<Package, string[]> {
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      this.#follow(...next);
    }
    for (const paths of this.#reached.values()) paths.add("package.json");
    return new Map([...this.#reached].map(([one, paths]) => [one, [...paths].sort()]));
  }

  #follow(one: Package, path: string): void {
    for (const specifier of readNamed(`${this.#folderOf(one)}/${path}`)) {
      if (/^\.\.?(\/|$)/.test(specifier)) {
        const { pathname } = new URL(specifier, `file:///${path}`);
        this.#reach(one, pathname.slice(1));
      } else {
        const own = [
          one,
          ...this.#packages.filter(({ name, version }) =>
            one.dependencies.some((id) => id.startsWith(`${name}@${version}`))
          ),
        ];
        this.enter(specifier, own);
      }
    }
  }

  /** A path as it is written, which may want its ending. */
  #reach(one: Package, path: string): void {
    const bare = path.replace(/\/$/, "");
    const found = ENDINGS.map((ending) => bare + ending)
      .find((tried) => LOADED.test(tried) && isFile(`${this.#folderOf(one)}/${tried}`));
    const reached = this.#reached.get(one);
    if (found === undefined || reached === undefined || reached.has(found)) return;
    reached.add(found);
    if (/js$/.test(found)) this.#waiting.push([one, found]);
  }
}

function readNamed(path: string): string[] {
  const code = Deno.readTextFileSync(path).replaceAll(NOT_RUN, "");
  const named = [...code.matchAll(NAMED)].map(([, , specifier = ""]) => specifier);
  return [...named, ...[...code.matchAll(BESIDE)].map(([, , path = ""]) => `./${path}`)];
}

/** What a package answers to `/path`, or to its name: the file for those who import it, and the one for those who require it. */
function findTargets(folder: string, path: string): string[] {
  const { exports, main, module } = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
  if (exports === undefined || exports === null) {
    return path === ""
      ? [main ?? "index.js", module].filter(Boolean).map(plainPath)
      : [path.slice(1)];
  }
  const isOne = typeof exports === "string" || !Object.keys(exports)[0]?.startsWith(".");
  const table: Record<string, unknown> = isOne ? { ".": exports } : exports;
  const asked = `.${path}`;
  const [key, middle] = Object.keys(table).map((pattern) => [pattern, matchKey(pattern, asked)])
    // The longest pattern counts.
    .filter(([, found]) => found !== undefined).sort(([a = ""], [b = ""]) => b.length - a.length)
    .at(0) ?? [];
  return CONDITIONS.flatMap((conditions) => chooseTarget(table[key ?? ""], conditions) ?? [])
    .map((target) => plainPath(target.replaceAll("*", middle ?? "")));
}

/** What the star of a key of `exports` stands for, "" without one; undefined where the key does not match. */
function matchKey(key: string, asked: string): string | undefined {
  const [before = "", after] = key.split("*");
  if (after === undefined) return asked === key ? "" : undefined;
  const isMatch = asked.length >= before.length + after.length && asked.startsWith(before) &&
    asked.endsWith(after);
  return isMatch ? asked.slice(before.length, asked.length - after.length) : undefined;
}

/** The first that holds, in the package's order. */
function chooseTarget(value: unknown, conditions: readonly string[]): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [condition, target] of Object.entries(value)) {
    if (!Array.isArray(value) && !conditions.includes(condition)) continue;
    const chosen = chooseTarget(target, conditions);
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}

function plainPath(path: string): string {
  return path.replace(/^\.\//, "");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
