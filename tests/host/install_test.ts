/** What `capsule install` takes, and what it prints, as the system's own tools read it. */
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { readChoices, type Typed } from "../../host/install/choices.ts";
import { writeInstallScript, writeUninstallScript } from "../../host/install/script.ts";
import { writeUnit } from "../../host/install/unit.ts";
import { findProgram, need } from "../support/optional.ts";
import { makeFolder, runCapsule } from "../support/process.ts";

const PROGRAM = { path: "/home/ida/capsule", version: "1.2.3", hash: "ab".repeat(32) };
/** How much of the machine a service may reach, in systemd's own count of tenths; most have 90 and more. */
const EXPOSURE_MAX = 20;

function choose(typed: Partial<Typed> = {}) {
  return readChoices({
    ...{ address: undefined, folder: undefined, user: undefined, words: [] },
    ...typed,
  });
}

async function runTool(name: string, args: readonly string[], stdin = "") {
  const child = new Deno.Command(name, {
    args: [...args],
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("install: what is usual, and a second capsule on the machine", () => {
  deepEqual(choose({ address: "capsule.example.org" }), {
    service: "capsule",
    user: "capsule",
    folder: "/srv/capsule",
    flags: ["--address", "https://capsule.example.org"],
  });
  deepEqual(choose({ user: "ida", words: ["--port", "8001", "--trusted-proxy", "127.0.0.0/8"] }), {
    service: "capsule-ida",
    user: "ida",
    folder: "/srv/ida",
    flags: ["--port", "8001", "--trusted-proxy", "127.0.0.0/8"],
  });
  equal(choose({ folder: "/var/lib/capsule/" }).folder, "/var/lib/capsule");
  equal(choose({ folder: `/srv/${"a".repeat(195)}` }).folder.length, 200);
  equal(choose({ user: "a".repeat(31) }).user.length, 31);
  equal(choose({ words: Array(20).fill("x") }).flags.length, 20);
});

Deno.test("install: names that shell, systemd or the machine could take amiss are refused with a sentence", () => {
  const hostile = [
    "a b",
    "a'b",
    'a"b',
    "a;reboot",
    "$(reboot)",
    "`reboot`",
    "a\nb",
    "a%n",
    "a\\b",
    "é",
  ];
  for (const user of ["", "root", "-x", "A", "1a", "a".repeat(32), "a/b", ...hostile]) {
    throws(() => choose({ user }), /^CommandProblem: --user expects/, user);
  }
  const folders = ["", "srv", "./srv", "/srv/..", "/srv/../etc", "/srv/./x", "/srv//x", "/srv/-x"];
  for (
    const folder of [
      ...folders,
      ...hostile.map((name) => `/srv/${name}`),
      `/${"a".repeat(200)}`,
    ]
  ) {
    throws(() => choose({ folder }), /^CommandProblem: --folder expects/, folder);
  }
  for (
    const folder of [
      "/",
      "/etc",
      "/etc/capsule",
      "/home/ida",
      "/root/x",
      "/usr/local",
      "/var",
      "/var/lib",
      "/tmp/x",
      "/run/x",
      "/lib64/x",
      "/dev/x",
      "/boot",
      "/srv/",
      "/opt",
      "/mnt",
    ]
  ) {
    throws(() => choose({ folder }), /which is the system's/, folder);
  }
  for (
    const word of [...hostile, "", "a".repeat(501), "a&b", "a|b", "a>b", "*", "~", "{a,b}", "#"]
  ) {
    throws(() => choose({ words: [word] }), /^UsageProblem: install: a word for serve/, word);
  }
  throws(() => choose({ words: Array(21).fill("x") }), /at most 20/);
  for (
    const address of [
      "https://a b",
      "https://a'b",
      "https://a.example/x",
      "http://a.example",
      "$(x)",
      "a\nb.example",
    ]
  ) {
    throws(() => choose({ address }), /^CommandProblem: --address expects/, address);
  }
});

Deno.test("install: a program at any path is one word of the script", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/it's $(touch made) "here"\`;*`;
  await Deno.writeTextFile(path, "#!/bin/sh\necho ran\n", { mode: 0o755 });
  const script = writeInstallScript(choose(), { ...PROGRAM, path });
  const head = script.slice(0, script.indexOf("write_unit()"));
  const { code, said } = await runTool("sh", ["-s"], `cd '${folder.path}'\n${head}\n"$program"\n`);
  equal(said, "ran\n");
  equal(code, 0);
});

Deno.test("install: the scripts are POSIX shell without a remark", async () => {
  const scripts = [
    writeInstallScript(choose({ address: "capsule.example.org" }), PROGRAM),
    writeUninstallScript(choose(), false),
    writeUninstallScript(choose(), true),
  ];
  for (const script of scripts) {
    match(script, /^#!\/bin\/sh\n# .*; for root\./);
    for (const shell of ["sh", "dash", "bash"]) {
      if (!await findProgram(shell)) continue;
      deepEqual(await runTool(shell, ["-n"], script), { code: 0, said: "" }, shell);
    }
    if (!need("shellcheck", await findProgram("shellcheck"))) continue;
    deepEqual(await runTool("shellcheck", ["--shell=sh", "-"], script), { code: 0, said: "" });
  }
});

Deno.test("install: a script that is cut off does nothing", async () => {
  const script = writeInstallScript(choose(), { ...PROGRAM, path: "/bin/true" });
  const end = script.lastIndexOf("install_capsule");
  for (let length = end; length > 0; length -= 97) {
    // With -e a part of a command may fail; what counts is that none of the script's own work begins.
    const { said } = await runTool("sh", ["-s"], `PATH=/nowhere\n${script.slice(0, length)}`);
    ok(!/mkdir|useradd|chown|systemctl|only root/.test(said), said);
  }
});

Deno.test("install: systemd takes the unit, and finds little that it leaves open", async () => {
  if (!need("systemd-analyze", await findProgram("systemd-analyze"))) return;
  using folder = makeFolder();
  await Deno.mkdir(`${folder.path}/srv`);
  await Deno.writeTextFile(`${folder.path}/srv/capsule`, "#!/bin/sh\n", { mode: 0o755 });
  const choices = choose({ address: "capsule.example.org", words: ["--trusted-proxy", "[::1]"] });
  const unit = `${folder.path}/capsule.service`;
  // The tool looks whether the program is there, so it is put where the test may write.
  const text = writeUnit(choices).replaceAll("/srv/capsule", `${folder.path}/srv`);
  await Deno.writeTextFile(unit, text);
  deepEqual(await runTool("systemd-analyze", ["verify", unit]), { code: 0, said: "" });
  const score = await runTool("systemd-analyze", [
    ...["security", "--offline=true", "--no-pager", `--threshold=${EXPOSURE_MAX}`, unit],
  ]);
  equal(score.code, 0, score.said);
  match(score.said, /Overall exposure level/);
  const strict = await runTool("systemd-analyze", [
    ...["security", "--offline=true", "--no-pager", "--threshold=5", unit],
  ]);
  ok(strict.code !== 0, "the bound is looked at");
  await Deno.writeTextFile(unit, `${text}\n[Service]\nProtectHouse=yes\n`);
  match((await runTool("systemd-analyze", ["verify", unit])).said, /ProtectHouse/);
});

Deno.test("install and up say in one sentence what they miss", async () => {
  using folder = makeFolder();
  const options = { cwd: folder.path };
  const fromSource = await runCapsule(["install"], options);
  equal(fromSource.code, 1);
  match(
    fromSource.stderr,
    /^This is a checkout, and install is for the compiled program\. .*\n$/,
  );
  equal(fromSource.stdout, "", "nothing goes to the shell of root");
  const hostile = await runCapsule(["install", "--folder", "/srv/a b"], options);
  deepEqual([hostile.code, hostile.stdout], [1, ""]);
  const lone = await runCapsule(["install", "--with-data"], options);
  deepEqual([lone.code, lone.stdout], [2, ""]);
  const uninstall = await runCapsule(["install", "--uninstall"], options);
  equal(uninstall.code, 0, uninstall.stderr);
  match(uninstall.stdout, /with_data='no'/);
  const up = await runCapsule(["up"], options);
  deepEqual([up.code, up.stdout], [1, ""]);
  match(up.stderr, /^Cannot open capsule\.db: there is no such file/);
});
