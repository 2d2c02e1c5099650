/**
 * The one program: what goes into it, what it may do, and how it is made. Everything that is embedded is copied into a folder of its
 * own first, so that neither the checkout's path nor anything else of this machine gets into the program, and nothing that is never
 * loaded: a program has all that is embedded in its memory.
 * @module
 */
import { createHash } from "node:crypto";
import { ENVIRONMENT_NAMES, PROXY_EXCEPTION_NAMES } from "../host/config.ts";
import { askDeno, listWorkers, type Package, readGraph } from "./graph.ts";
import { listLoaded, readLicence } from "./packages.ts";

/** Names that libraries look at; without leave to read them, importing them would fail. */
export const LIBRARIES_READ: readonly string[] = [
  "CI",
  "COLORTERM",
  "COLUMNS",
  "FORCE_COLOR",
  "LOG_STREAM",
  "LOG_TOKENS",
  "NODE_ENV",
  "NO_COLOR",
  "TERM",
];

/** What every compiled program may do and how it runs; nothing outside of it adds to that. */
export const PROGRAM_FLAGS: readonly string[] = [
  "--no-prompt",
  "--no-code-cache",
  // Memory for time: a loaded server, or a long import, stays half as large and is about as fast; host/rest.ts tidies up.
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=30,--expose-gc",
  "--allow-net",
  "--allow-read=.",
  "--allow-write=.",
  // How much room is left on the disk of its own folder: of a place that it may not read it is told nothing.
  "--allow-sys=statfs",
  "--deny-import",
  `--allow-env=${[...ENVIRONMENT_NAMES, ...PROXY_EXCEPTION_NAMES, ...LIBRARIES_READ].join(",")}`,
];

/** The compiler's cache, in the folder: it embeds what it finds there of a package. */
export const CACHE = ".deno";

/** The one file that differs from the checkout's: it is told the hash of all the others, its own older self among them. */
const TOLD = "host/embedded.ts";

/** Of the packages; `capsule version --licences` shows them. */
const LICENCES = "licences.json";

/** Scripts for readers' browsers: text to the program. */
const SERVED = "views/assets/";

/** When every embedded file was changed, as far as the program knows: 1 January 1980. */
const FILE_TIME_S = 315_532_800;

/** What is embedded, ready to be compiled. */
export type Staged = Readonly<{
  folder: string;
  /** Lines as of sha256sum, sorted by path: what is embedded, as it is in the checkout and in the packages. */
  manifest: string;
  /** SHA-256 of the manifest, 64 hexadecimal digits. */
  hash: string;
}>;

/** How a compiler's run ended. */
export type Compiled = Readonly<{ isMade: boolean; said: string }>;

/** Copies what the program is made of from the checkout in the working folder into an empty folder, and hashes it. */
export function stageProgram(folder: string): Staged {
  const { files, packages } = readGraph(["main.ts", ...listWorkers()]);
  for (const path of files) {
    Deno.mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.copyFileSync(path, `${folder}/${path}`);
  }
  writeThinConfig(folder, packages);
  // Path by name in the manifest.
  const embedded = new Map(files.map((path) => [path, `${folder}/${path}`]));
  for (const [name, path] of stagePackages(folder, packages, files)) embedded.set(name, path);
  let manifest = "";
  for (const name of [...embedded.keys()].sort()) {
    manifest += `${hashOf(Deno.readFileSync(embedded.get(name) ?? ""))}  ${name}\n`;
  }
  const hash = hashOf(manifest);
  const told = Deno.readTextFileSync(TOLD);
  const written = told.replace(/= undefined;$/m, `= "${hash}";`);
  if (written === told) throw new Error(`${TOLD}: expected "= undefined;", found something else.`);
  Deno.writeTextFileSync(`${folder}/${TOLD}`, written);
  // The compiler writes into the program when each file was changed.
  for (const path of embedded.values()) Deno.utimeSync(path, FILE_TIME_S, FILE_TIME_S);
  return { folder, manifest, hash };
}

/**
 * Compiles a staged program, `entry` being main.ts for the real one. The output is made under one name whatever it is called later:
 * the compiler writes that name into it. `said` is all that the compiler printed.
 */
export async function compileStaged(
  folder: string,
  output: string,
  options: Readonly<{ entry?: string; target?: string }> = {},
): Promise<Compiled> {
  const { entry = "main.ts", target } = options;
  const ending = target?.includes("windows") === true ? ".exe" : "";
  const made = await Deno.makeTempDir();
  const args = [
    "compile",
    "--no-check",
    ...PROGRAM_FLAGS,
    "--exclude-unused-npm",
    `--config=${folder}/deno.json`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...["main.ts", LICENCES, ...listWorkers()].map((path) => `--include=${folder}/${path}`),
    `--output=${made}/capsule${ending}`,
    `${folder}/${entry}`,
  ];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: folder,
    stdin: "null",
    env: { NO_COLOR: "1", DENO_DIR: `${folder}/${CACHE}` },
  }).output();
  // A name in the temporary folder may be on another disk.
  if (success) await Deno.copyFile(`${made}/capsule${ending}`, output);
  if (success && Deno.build.os !== "windows") await Deno.chmod(output, 0o755);
  await Deno.remove(made, { recursive: true });
  const decoder = new TextDecoder();
  return { isMade: success, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** A configuration that names only the packages of the program: a compiler takes along whatever it finds in the lock. */
function writeThinConfig(folder: string, packages: readonly Package[]): void {
  const config = JSON.parse(Deno.readTextFileSync("deno.json"));
  const used = new Set(packages.map(({ name, version }) => `npm:${name}@${version}`));
  const imports = Object.entries<string>(config.imports).filter(([, target]) => used.has(target));
  const { nodeModulesDir, compilerOptions } = config;
  const thin = { nodeModulesDir, compilerOptions, imports: Object.fromEntries(imports) };
  Deno.writeTextFileSync(`${folder}/deno.json`, JSON.stringify(thin));
  Deno.copyFileSync("deno.lock", `${folder}/deno.lock`);
}

/** Copies what the program can load of each package into a cache in the folder; paths by `npm/NAME/VERSION/…`. */
function stagePackages(
  folder: string,
  packages: readonly Package[],
  files: readonly string[],
): Map<string, string> {
  const { denoDir, npmCache } = fetchPackages(folder);
  const inCache = ({ registryUrl, name }: Package) => `${new URL(registryUrl).host}/${name}`;
  const folderOf = (one: Package) => `${npmCache}/${inCache(one)}/${one.version}`;
  const modules = files.filter((path) => /\.[jt]s$/.test(path) && !path.startsWith(SERVED));
  const staged = new Map<string, string>();
  const licences: Record<string, string> = {};
  for (const [one, paths] of listLoaded(packages, modules, folderOf)) {
    const home = `${folder}/${CACHE}/npm/${inCache(one)}`;
    for (const path of paths) {
      const to = `${home}/${one.version}/${path}`;
      Deno.mkdirSync(to.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.copyFileSync(`${folderOf(one)}/${path}`, to);
      staged.set(`npm/${one.name}/${one.version}/${path}`, to);
    }
    Deno.copyFileSync(`${npmCache}/${inCache(one)}/registry.json`, `${home}/registry.json`);
    licences[`${one.name} ${one.version}`] = readLicence(folderOf(one));
  }
  Deno.writeTextFileSync(`${folder}/${LICENCES}`, JSON.stringify(licences));
  staged.set(LICENCES, `${folder}/${LICENCES}`);
  // The runtimes that were fetched before, and those that come now, stay for the next time.
  Deno.mkdirSync(`${denoDir}/dl`, { recursive: true });
  const type = Deno.build.os === "windows" ? "junction" : "dir";
  Deno.symlinkSync(`${denoDir}/dl`, `${folder}/${CACHE}/dl`, { type });
  return staged;
}

/** Sees to it that the packages are in this machine's cache, checked against the lock. */
function fetchPackages(folder: string): Readonly<{ denoDir: string; npmCache: string }> {
  const roots = ["main.ts", ...listWorkers()].map((path) => `${folder}/${path}`);
  const args = ["cache", "--quiet", `--config=${folder}/deno.json`, "--unstable-raw-imports"];
  const { success } = new Deno.Command(Deno.execPath(), { args: [...args, ...roots], cwd: folder })
    .outputSync();
  if (!success) throw new Error("The npm packages of the program cannot be fetched.");
  return askDeno(["info", "--json"]);
}

function hashOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
