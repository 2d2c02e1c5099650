/**
 * Builds the one program: `deno task compile [FILE]`, ./capsule if nothing is said. It may use the network, its own folder and a few
 * names of the environment; it cannot run programs or load native code, because what it may do is part of it.
 * @module
 */
import { ENVIRONMENT_NAMES, PROXY_EXCEPTION_NAMES } from "../host/config.ts";
import { listFiles } from "./files.ts";

/** Names that libraries look at; without leave to read them, importing them would fail. */
const LIBRARIES_READ = [
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
const ROOMS = ["content", "host", "mesh", "routes", "storage", "views"];

/** Modules that are only named at run time, as `new URL("./resize.ts", import.meta.url)`: workers. */
function listWorkers(): string[] {
  const named = /new URL\("(\.\.?\/[^"]+\.ts)", import\.meta\.url\)/g;
  return ROOMS.flatMap((room) => listFiles(room, ".ts")).flatMap((path) =>
    [...Deno.readTextFileSync(path).matchAll(named)].map(([, specifier]) =>
      new URL(specifier ?? "", `file:///${path}`).pathname.slice(1)
    )
  );
}

/** What the compiler of 2.9 has, and what one of 2.6 (for a look at the program without a release server) needs instead. */
function flagsOfVersion(version: string, folder: string): string[] {
  const [, minor = 0] = version.split(".").map(Number);
  if (minor >= 9) return ["--exclude-unused-npm"];
  return ["--unstable-raw-imports", `--config=${writeThinConfig(folder)}`];
}

/** Names of the npm packages that a module and all it imports name; the packages themselves need not be there yet. */
function listPackages(module: string): string[] {
  const { stdout } = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--unstable-raw-imports", "--no-lock", module],
    stderr: "inherit",
  }).outputSync();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  return (modules as { specifier: string }[]).flatMap(({ specifier }) =>
    /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier)?.[1] ?? []
  );
}

/** A configuration that names only the packages of the program: an older compiler takes along whatever it finds in the lock. */
function writeThinConfig(folder: string): string {
  const config = JSON.parse(Deno.readTextFileSync("deno.json"));
  const used = new Set(["main.ts", ...listWorkers()].flatMap(listPackages));
  const imports = Object.entries<string>(config.imports).filter(([, target]) =>
    used.has(target.replace(/^npm:\/?(.+)@.*$/, "$1"))
  );
  Deno.copyFileSync("deno.lock", `${folder}/deno.lock`);
  const { nodeModulesDir, compilerOptions } = config;
  const thin = { nodeModulesDir, compilerOptions, imports: Object.fromEntries(imports) };
  Deno.writeTextFileSync(`${folder}/deno.json`, JSON.stringify(thin));
  return `${folder}/deno.json`;
}

const output = Deno.args[0] ?? "./capsule";
const folder = Deno.makeTempDirSync();
const args = [
  "compile",
  "--no-check",
  "--no-prompt",
  "--no-code-cache",
  // Memory for time: a loaded server, or a long import, stays half as large and is about as fast.
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=30",
  "--allow-net",
  "--allow-read=.",
  "--allow-write=.",
  "--deny-import",
  `--allow-env=${[...ENVIRONMENT_NAMES, ...PROXY_EXCEPTION_NAMES, ...LIBRARIES_READ].join(",")}`,
  ...flagsOfVersion(Deno.version.deno, folder),
  ...listWorkers().map((path) => `--include=${path}`),
  `--output=${output}`,
  "main.ts",
];
const { code } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
Deno.removeSync(folder, { recursive: true });
Deno.exit(code);
