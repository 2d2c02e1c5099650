/**
 * The release, `deno task release [FOLDER]`: the program for each kind of machine, named capsule-VERSION-TARGET, and SHA256SUMS, in
 * ./release if nothing is said. What cannot be made here is told in one line; status 1 when that is all of it.
 * With `--hash` it only prints the hash of what would be embedded, as `capsule version` says it.
 * @module
 */
import { PROGRAM_VERSION } from "../host/program_version.ts";
import { compileStaged, stageProgram } from "./program.ts";
import { findTarget, TARGETS } from "./targets.ts";

const SUMS = "SHA256SUMS";
const CLOUD_INIT = "cloud-init.yaml";

const [first = "./release"] = Deno.args;
const staged = await Deno.makeTempDir();
let hash = "";
try {
  ({ hash } = stageProgram(staged));
  console.log(first === "--hash" ? hash : `Embedded files: ${hash}`);
  if (first !== "--hash") Deno.exitCode = await makeAll(first) ? 0 : 1;
} finally {
  await Deno.remove(staged, { recursive: true });
}

/** Makes what can be made; false when nothing can. */
async function makeAll(folder: string): Promise<boolean> {
  await Deno.mkdir(folder, { recursive: true });
  await removeOlder(folder);
  const given = Deno.env.get("DENORT_BIN") || undefined;
  // A runtime that is given by hand is one machine's; the compiler would put it into the programs for all of them.
  const only = given === undefined ? undefined : findTarget(await readHead(given));
  const sums: string[] = [];
  for (const target of TARGETS) {
    if (given !== undefined && target !== only) {
      console.log(
        `left out: ${target} (DENORT_BIN is the runtime of ${only ?? "no known target"})`,
      );
      continue;
    }
    const name = `capsule-${PROGRAM_VERSION}-${target}${target.includes("windows") ? ".exe" : ""}`;
    if (!await make(target, `${folder}/${name}`)) continue;
    sums.push(`${await hashFile(`${folder}/${name}`)}  ${name}\n`);
    console.log(`made: ${folder}/${name}`);
  }
  if (sums.length === 0) {
    console.error("No program was made: not one runtime could be had.");
    return false;
  }
  await Deno.writeTextFile(`${folder}/${SUMS}`, sums.join(""));
  console.log(`made: ${folder}/${SUMS}`);
  await writeCloudInit(folder, sums);
  return true;
}

/** The file for an unattended installation, with the checksums of this release. */
async function writeCloudInit(folder: string, sums: readonly string[]): Promise<void> {
  const template = await Deno.readTextFile(`deploy/${CLOUD_INIT}`);
  const lines = sums.filter((line) => line.includes("linux")).map((line) => `      ${line}`);
  if (lines.length === 0) return;
  const filled = template.replace(/^(?: +CHECKSUM .*\n)+/m, lines.join(""));
  await Deno.writeTextFile(`${folder}/${CLOUD_INIT}`, filled);
  console.log(`made: ${folder}/${CLOUD_INIT}`);
}

/** False where the runtime cannot be fetched; whatever else goes wrong ends the release. */
async function make(target: string, path: string): Promise<boolean> {
  const { isMade, said } = await compileStaged(staged, path, { target });
  if (!isMade) {
    const [, reason] = /^\s*\d+: (.*denort-\S+\.zip.*)$/m.exec(said) ?? [];
    if (reason === undefined) throw new Error(`${target} cannot be compiled:\n${said}`);
    console.log(`left out: ${target} (its runtime cannot be fetched: ${reason})`);
    return false;
  }
  const found = findTarget(await readHead(path));
  if (found === target) return true;
  await Deno.remove(path);
  throw new Error(
    `${path}: expected a program for ${target}, found one for ${found ?? "no target"}`,
  );
}

/** What an earlier release left there is no part of this one. */
async function removeOlder(folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && (name === SUMS || name === CLOUD_INIT || /^capsule-\d/.test(name))) {
      await Deno.remove(`${folder}/${name}`);
    }
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const head = new Uint8Array(4_096);
  return head.subarray(0, await file.read(head) ?? 0);
}

async function hashFile(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
}
