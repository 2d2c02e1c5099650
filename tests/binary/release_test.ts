/** `deno task release`: which programs are made, under which names, and that one commit always makes the same. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { findTarget, TARGETS } from "../../.ci/targets.ts";
import { PROGRAM_VERSION } from "../../host/program_version.ts";
import { isRuntimeMissing, ROOT, runWithCompiler } from "../support/binary.ts";
import { need } from "../support/optional.ts";
import { listNames, makeFolder, runCapsule } from "../support/process.ts";

const RELEASE = ".ci/release.ts";
const EMBEDDED = [
  ".ci",
  "deploy",
  "content",
  "host",
  "main.ts",
  "mesh",
  "routes",
  "storage",
  "views",
];

/** The files that a release is made of, at another path: what a second checkout of the same commit is. */
async function copyCheckout(to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  const files = [...EMBEDDED, "deno.json", "deno.lock"].map((name) => `${ROOT}${name}`);
  const { success } = await new Deno.Command("cp", { args: ["-R", ...files, to] }).output();
  ok(success);
}

async function readHead(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const head = new Uint8Array(4_096);
  return head.subarray(0, await file.read(head) ?? 0);
}

Deno.test("release: two checkouts make the same program, byte for byte, and its checksum", async () => {
  using folder = makeFolder();
  const other = `${folder.path}/elsewhere/another-checkout`;
  await copyCheckout(other);
  const [one, two] = [`${folder.path}/one`, `${folder.path}/two`];
  await Deno.mkdir(one);
  for (const name of ["SHA256SUMS", "capsule-0.0.9-x86_64-unknown-linux-gnu", "notes.txt"]) {
    await Deno.writeTextFile(`${one}/${name}`, "of an earlier release");
  }
  const made = await runWithCompiler([RELEASE, one]);
  if (
    !need("a Deno runtime to compile with (DENORT_BIN, or the network)", !isRuntimeMissing(made))
  ) {
    return;
  }
  ok(made.success, made.said);
  const again = await runWithCompiler([RELEASE, two], { cwd: other });
  ok(again.success, again.said);
  const names = listNames(one).filter((name) => name.startsWith("capsule-"));
  deepEqual(listNames(one), ["SHA256SUMS", ...names, "cloud-init.yaml", "notes.txt"].sort());
  const ending = (target: string) => target.includes("windows") ? ".exe" : "";
  for (const target of TARGETS) {
    const name = `capsule-${PROGRAM_VERSION}-${target}${ending(target)}`;
    if (names.includes(name)) {
      equal(findTarget(await readHead(`${one}/${name}`)), target);
    } else {
      match(made.said, new RegExp(`^left out: ${target} \\(.+\\)$`, "m"));
    }
  }
  // The sums say which bytes; both folders have the same, so the programs are the same.
  const { success } = await new Deno.Command("sha256sum", { args: ["-c", "SHA256SUMS"], cwd: one })
    .output();
  ok(success);
  const sums = await Deno.readTextFile(`${one}/SHA256SUMS`);
  equal(sums.trimEnd().split("\n").length, names.length);
  equal(await Deno.readTextFile(`${two}/SHA256SUMS`), sums);
  const cloudInit = await Deno.readTextFile(`${one}/cloud-init.yaml`);
  for (const line of sums.split("\n").filter((text) => text.includes("linux"))) {
    ok(
      cloudInit.includes(`\n      ${line}\n`),
      "the file for unattended installation has the checksums",
    );
  }
  ok(!cloudInit.includes("CHECKSUM "));
  const own = names.find((name) => name.includes(Deno.build.target)) ?? "";
  const said = await runCapsule(["version", "--json"], { cwd: one, program: [`${one}/${own}`] });
  const hash = /^Embedded files: ([0-9a-f]{64})$/m.exec(made.said)?.[1];
  equal(said.json().embedded, hash);
  const plain = await runCapsule(["version"], { cwd: one, program: [`${one}/${own}`] });
  ok(plain.stdout.includes(`embedded files: sha256 ${hash}`), plain.stdout);
});

Deno.test("release: the hash is told without a compiler's runtime, and changes with any embedded file", async () => {
  using folder = makeFolder();
  const other = `${folder.path}/checkout`;
  await copyCheckout(other);
  const hashIn = async (cwd: string) => {
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", RELEASE, "--hash"],
      cwd,
      stderr: "null",
    }).output();
    ok(success);
    return new TextDecoder().decode(stdout).trim();
  };
  const hash = await hashIn(ROOT);
  match(hash, /^[0-9a-f]{64}$/);
  await Deno.writeTextFile(`${other}/host/unused.ts`, "export const unused = 1;\n");
  equal(await hashIn(other), hash, "a file that nothing imports is not embedded");
  await Deno.writeTextFile(`${other}/views/assets/style.css`, "p{}", { append: true });
  ok(await hashIn(other) !== hash);
});

Deno.test("release: where no runtime can be fetched it says so for each target, and ends with status 1", async () => {
  using folder = makeFolder();
  const { DENORT_BIN: _given, ...around } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", RELEASE, folder.path],
    cwd: ROOT,
    clearEnv: true,
    // Nobody listens there; a runtime that an earlier release has fetched would be used all the same.
    env: { ...around, NO_COLOR: "1", HTTPS_PROXY: "http://127.0.0.1:9" },
  }).output();
  const said = new TextDecoder().decode(stdout);
  const names = listNames(folder.path).filter((name) => name.startsWith("capsule-"));
  const lines = said.split("\n").filter((line) => line.startsWith("left out: "));
  equal(lines.length, TARGETS.length - names.length, said);
  for (const line of lines) match(line, /its runtime cannot be fetched: .*denort-/);
  equal(code, names.length === 0 ? 1 : 0);
  equal(listNames(folder.path).includes("SHA256SUMS"), names.length > 0);
  if (names.length === 0) match(new TextDecoder().decode(stderr), /No program was made/);
});

Deno.test("release: a program's target is read from its first bytes", async () => {
  equal(findTarget(await readHead(Deno.execPath())), Deno.build.target);
  const head = (bytes: Record<number, number[]>) => {
    const made = new Uint8Array(256);
    for (const [at, values] of Object.entries(bytes)) made.set(values, Number(at));
    return made;
  };
  const elf = (machine: number) => head({ 0: [0x7f, 0x45, 0x4c, 0x46], 18: [machine, 0] });
  const mach = (cpu: number) => head({ 0: [0xcf, 0xfa, 0xed, 0xfe, cpu, 0, 0, 1] });
  const windows = (at: number, machine: number) =>
    head({ 0: [0x4d, 0x5a], 0x3c: [at], [at]: [0x50, 0x45, 0, 0, machine, 0x86] });
  deepEqual(
    [elf(62), elf(183), mach(7), mach(12), windows(128, 0x64)].map(findTarget),
    [...TARGETS],
  );
  for (
    const other of [elf(40), mach(1), windows(128, 0x4c), head({ 0: [0x4d, 0x5a], 0x3c: [254] })]
  ) {
    equal(findTarget(other), undefined);
  }
  equal(findTarget(elf(62).subarray(0, 63)), undefined);
});
