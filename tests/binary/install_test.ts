/** `capsule install | sh` as root on a machine of its own: users, files, rights and the program are real (tests/support/service_machine.ts). */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { parse } from "yaml";
import { PROGRAM_VERSION } from "../../host/program_version.ts";
import { isRuntimeMissing, ROOT, runWithCompiler } from "../support/binary.ts";
import { findProgram, need } from "../support/optional.ts";
import { initCapsule, makeFolder, runCapsule, serveCapsule } from "../support/process.ts";
import {
  findMissing,
  makeServiceMachine,
  type Said,
  type ServiceMachine,
} from "../support/service_machine.ts";
import { findSystemdMissing } from "../support/systemd_machine.ts";
import { walkSystemd } from "./systemd_walk.ts";

const missing = await findMissing();
const isMachine = need(
  "root and util-linux (unshare, nsenter, setpriv, runuser), iproute2, useradd",
  missing === undefined,
);
const built = makeFolder();
globalThis.addEventListener("unload", () => built[Symbol.dispose]());
const compiled = isMachine
  ? await runWithCompiler([".ci/compile.ts", `${built.path}/capsule`])
  : { success: false, said: "" };
if (isMachine && !compiled.success && !isRuntimeMissing(compiled)) throw new Error(compiled.said);
const isThere = isMachine &&
  need("a Deno runtime to compile with (DENORT_BIN, or the network)", compiled.success);

type Place = Readonly<{
  machine: ServiceMachine;
  /** The program that was downloaded, at a path that a shell could take amiss. */
  program: string;
  install: (flags?: string) => Promise<Said>;
  succeed: (command: string) => Promise<string>;
}>;

const test = (name: string, run: (place: Place) => Promise<void>) =>
  Deno.test({
    name: `install: ${name}`,
    ignore: !isThere,
    async fn() {
      await using machine = await makeServiceMachine();
      const folder = `${machine.shared}/it's $HOME`;
      await Deno.mkdir(folder);
      const program = `${folder}/capsule`;
      await Deno.link(`${built.path}/capsule`, program);
      const quoted = `"${folder.replaceAll("$", "\\$")}/capsule"`;
      await run({
        machine,
        program,
        install: (flags = "-- --port 80") => machine.run(`${quoted} install ${flags} | sh`),
        async succeed(command) {
          const { code, out, err } = await machine.run(command);
          equal(code, 0, `${command}\n${out}${err}`);
          return out;
        },
      });
    },
  });

test("a service on port 80 with one right, in a folder where it cannot replace its program", async ({ machine, install, succeed }) => {
  const first = await install("--address https://capsule.example.org -- --port 80");
  equal(first.code, 0, first.out + first.err);
  match(
    first.out,
    /^Capsule \S+ runs as capsule\.service, in \/srv\/capsule\.\nListening on http:\/\/127\.0\.0\.1:80\n/,
  );
  match(first.out, /https:\/\/capsule\.example\.org\/setup\?code=[0-9a-f]{32}\n$/);
  deepEqual(machine.calls().filter((call) => !/^(?:show|is-active)/.test(call)), [
    "daemon-reload",
    "stop capsule.service",
    "enable capsule.service",
    "start capsule.service",
  ]);
  const about = "stat --format='%a %U %G %n'";
  equal(await succeed(`${about} /srv/capsule`), "1771 root capsule /srv/capsule\n");
  equal(await succeed(`${about} /srv/capsule/capsule`), "755 root root /srv/capsule/capsule\n");
  equal(
    await succeed(`${about} /srv/capsule/capsule.db`),
    "600 capsule capsule /srv/capsule/capsule.db\n",
  );
  match(await succeed("getent passwd capsule"), /:\/srv\/capsule:\S*(?:nologin|false)$/m);
  const status = await succeed(
    `cat "/proc/$(cat ${machine.shared}/state/pid-capsule.service)/status"`,
  );
  ok(!/^Uid:\s+0/m.test(status), status);
  match(status, /^CapEff:\s+0{13}400$/m);
  match(status, /^CapBnd:\s+0{13}400$/m);
  match(status, /^NoNewPrivs:\s+1$/m);
  const asService = (command: string) =>
    machine.run(`cd /srv/capsule && runuser -u capsule -- ${command}`);
  match((await asService("./capsule up")).out, /^Up, at http:\/\/127\.0\.0\.1:80\.\n$/);
  for (
    const command of [
      "rm -f capsule",
      "mv capsule other",
      "cp /bin/true capsule",
      "ln -sf /bin/true capsule",
    ]
  ) {
    ok((await asService(command)).code !== 0, `${command} by the service itself`);
  }
  deepEqual(await asService("touch own"), { code: 0, out: "", err: "" });
  const stranger = await machine.run(
    "runuser -u nobody -- sh -c 'cd /srv/capsule && ! ls && ! cat capsule.db && ! touch x'",
  );
  deepEqual([stranger.code, stranger.out], [0, ""]);
  await succeed("systemctl stop capsule.service");
  const down = await asService("./capsule up");
  deepEqual([down.code, down.out], [1, ""]);
  match(down.err, /^Nobody serves capsule\.db on this machine/);
  equal(await succeed("ls -A /srv/capsule"), "capsule\ncapsule.db\nown\n");
});

/** Another program of the same files: a byte of its header that nobody reads is another. */
async function changeHeader(path: string): Promise<void> {
  // A copy, because the file itself is the one that all these tests run.
  await Deno.copyFile(path, `${path}.copy`);
  await Deno.rename(`${path}.copy`, path);
  using file = await Deno.open(path, { write: true });
  await file.seek(15, Deno.SeekMode.Start);
  await file.write(Uint8Array.of(1));
}

test("run again it is an upgrade that keeps what is stored; a start that fails says why", async ({ program, machine, install, succeed }) => {
  equal((await install()).code, 0);
  const asService = (command: string) =>
    succeed(
      `cd /srv/capsule && ${command.replaceAll("./capsule", "runuser -u capsule -- ./capsule")}`,
    );
  await asService("echo 'correct horse battery' | ./capsule init --name Ida --password-stdin");
  await asService("./capsule post 'Kept through an upgrade'");
  const again = await install();
  equal(again.code, 0, again.err);
  ok(!again.out.includes("setup?code="), "a capsule that is there is not set up again");
  equal(await succeed("ls -A /srv/capsule | grep -v db-"), "capsule\ncapsule.db\n");

  await changeHeader(program);
  // Without flags it keeps those of before, so that port 80 is still the one.
  const upgrade = await install("");
  equal(upgrade.code, 0, upgrade.err);
  match(upgrade.out, /Listening on http:\/\/localhost:80\n|127\.0\.0\.1:80\n/);
  equal(
    await succeed("ls -A /srv/capsule | grep -v db-"),
    "capsule\ncapsule-previous\ncapsule.db\n",
  );
  await succeed(
    `cd /srv/capsule && cmp capsule "${machine.shared}"/it*/capsule && ! cmp -s capsule capsule-previous`,
  );
  match(await asService("./capsule status"), /1 post/);

  const wrong = await install("-- --port 99999");
  equal(wrong.code, 1);
  match(wrong.err, /--port expects a number from 1 to 65535/);
  match(wrong.err, /capsule\.service does not run/);
  equal((await install()).code, 0);
  match(await asService("./capsule up"), /^Up/);
  equal(await machine.run("ls -A /srv/capsule | grep install").then(({ out }) => out), "");
});

test("capsules of one machine share the file of their program, unless it is not root's alone", async ({ install, succeed }) => {
  const inode = async (name: string) =>
    (await succeed(`stat --format=%i /srv/${name}/capsule`)).trim();
  equal((await install()).code, 0);
  const second = await install("--user ida -- --port 81");
  equal(second.code, 0, second.err);
  equal(await inode("ida"), await inode("capsule"));
  equal(
    await succeed("stat --format='%a %U %F' /srv/ida/capsule"),
    "755 root regular file\n",
  );
  equal((await install("--user ida")).code, 0);
  equal(await succeed("ls -A /srv/ida | grep -v db"), "capsule\n", "no second name is left");
  equal(await inode("ida"), await inode("capsule"));

  // What a service could write to is nobody else's program.
  await succeed("rm /etc/systemd/system/capsule.service");
  for (const way of ["chmod 775", "chmod 755 /srv/ida/capsule && chown ida"]) {
    await succeed(`${way} /srv/ida/capsule`);
    equal((await install("--user eve -- --port 82")).code, 0);
    ok(await inode("eve") !== await inode("ida"), way);
    await succeed("rm /srv/eve/capsule && rm /etc/systemd/system/capsule-eve.service");
  }
});

test("a service that was broken into leads root nowhere: links in its folder, orders to the terminal", async ({ program, machine, install, succeed }) => {
  await succeed("mkdir /srv/roots");
  equal((await install()).code, 0);
  const asService = (command: string) =>
    succeed(`cd /srv/capsule && runuser -u capsule -- sh -c '${command}'`);
  await asService("ln -s /srv/roots capsule-previous");
  ok((await machine.run("runuser -u capsule -- rm -f /srv/capsule/capsule")).code !== 0);
  await changeHeader(program);
  machine.provide("journalctl", "printf 'Listening on x\\n\\033]0;owned\\007\\033[2Jétat\\n'");
  const upgrade = await install();
  equal(upgrade.code, 0, upgrade.err);
  match(upgrade.out, /\n\]0;owned\[2Jétat\n/);
  equal(await succeed("ls -A /srv/roots"), "", "nothing is laid where the link leads");
  equal(
    await succeed("stat --format='%F %U' /srv/capsule/capsule-previous"),
    "regular file root\n",
  );
});

test("removed, the database stays unless its end is asked for, and other files stay in any case", async ({ program, install, succeed, machine }) => {
  equal((await install()).code, 0);
  const uninstall = (flags = "") =>
    succeed(`"${machine.shared}"/it*/capsule install --uninstall ${flags} | sh`);
  match(await uninstall(), /still in \/srv\/capsule\/capsule\.db, and belongs to the user capsule/);
  equal(await succeed("ls -A /srv/capsule"), "capsule.db\n");
  ok((await machine.run("ls /etc/systemd/system/capsule.service")).code !== 0);
  match(await uninstall(), /still in/);
  equal((await install()).code, 0, "the folder with its database is taken up again");
  await succeed("touch /srv/capsule/before-upgrade.db");
  match(
    await uninstall("--with-data"),
    /These files of \/srv\/capsule stay.*\nbefore-upgrade\.db\n/,
  );
  await succeed("id capsule");
  await succeed("rm /srv/capsule/before-upgrade.db");
  match(await uninstall("--with-data"), /The database is removed/);
  ok((await machine.run("id capsule || ls -d /srv/capsule")).code !== 0);
  await succeed("useradd --create-home --home-dir /srv/home-of-ida ida");
  equal((await install("--user ida -- --port 80")).code, 0);
  match(await uninstall("--user ida --with-data"), /The database is removed/);
  await succeed("id ida && ls -d /srv/home-of-ida && ! ls -d /srv/ida");
  equal((await Deno.stat(program)).isFile, true, "the download is the owner's");
});

test("unattended: cloud-init's script fetches, checks and installs; the owner's own code opens the set-up page", async ({ program, machine, succeed }) => {
  const { write_files: [file] } = parse(await Deno.readTextFile(`${ROOT}deploy/cloud-init.yaml`));
  const name = `capsule-${PROGRAM_VERSION}-${Deno.build.target}`;
  const sum = (await succeed(`sha256sum <'${program.replaceAll("'", "'\\''")}'`)).split(" ")[0] ??
    "";
  const code = "5eadbeef5eadbeef5eadbeef5eadbeef";
  const hash = (await succeed(`printf %s ${code} | sha256sum`)).split(" ")[0] ?? "";
  // The web is a folder here, and a proxy in front does HTTPS: a stub's runtime cannot.
  await Deno.mkdir(`${machine.shared}/web`);
  await Deno.link(program, `${machine.shared}/web/${name}`);
  machine.provide("curl", `cp "${machine.shared}/web/\${!###*/}" "\${@: -2:1}"`);
  const fill = (checksum: string) =>
    (file.content as string).replace("HASH OF YOUR CODE", hash).replace(
      `CHECKSUM  ${name}`,
      `${checksum}  ${name}`,
    )
      .replace(" -- ", " -- --port 80 ");
  const script = `${machine.shared}/script`;
  await Deno.writeTextFile(script, fill(sum.replace(/^./, (digit) => digit === "0" ? "1" : "0")));
  const refused = await machine.run(`sh ${script}`);
  equal(refused.code, 1);
  match(refused.err, /is not what was released/);
  ok((await machine.run("id capsule || ls -d /srv/capsule")).code !== 0, "nothing was begun");
  await Deno.writeTextFile(script, fill(sum));
  const said = await machine.run(`sh ${script}`);
  equal(said.code, 0, said.out + said.err);
  match(
    said.out,
    /with the code that you chose behind it:\n {2}https:\/\/capsule\.example\.org\/setup\?code=\n$/,
  );
  const ask = (given: string) =>
    succeed(
      `bash -c 'exec 3<>/dev/tcp/127.0.0.1/80; ` +
        `printf "GET /setup?code=${given} HTTP/1.0\\r\\nHost: capsule.example.org\\r\\n\\r\\n" >&3; head -1 <&3'`,
    );
  match(await ask(code), / 303 /);
  match(await ask(hash), / 403 /);
  const disk = await machine.run(`grep -rl ${code} /srv /etc/systemd /root/install-capsule.sh`);
  equal(disk.out, "", "the code is nowhere on the disk");
});

test("what it must not touch it refuses before anything is changed", async ({ program, machine, install, succeed }) => {
  const refused = async (said: Promise<Said>, sentence: RegExp) => {
    const { code, err } = await said;
    equal(code, 1, err);
    match(err, sentence);
    ok((await machine.run("id capsule")).code !== 0, "no user is made");
    ok((await machine.run("ls /etc/systemd/system/capsule.service")).code !== 0, "no unit is made");
  };
  await succeed("mkdir /srv/photos && touch /srv/photos/one.jpg && ln -s /srv/photos /srv/link");
  await refused(install("--folder /srv/photos"), /\/srv\/photos holds something else/);
  await refused(install("--folder /srv/link"), /\/srv\/link is a symbolic link/);
  equal(await succeed("stat --format='%a %U %G' /srv/photos"), "755 root root\n");
  const script = await succeed(`cd "${machine.shared}" && ./it*/capsule install`);
  await Deno.writeTextFile(`${machine.shared}/script`, script);
  await succeed(`chmod 755 ${machine.shared} && chmod 644 ${machine.shared}/script`);
  await refused(
    machine.run(`runuser -u nobody -- sh ${machine.shared}/script`),
    /only root can install/,
  );
  await Deno.remove(program);
  await Deno.writeTextFile(program, "#!/bin/sh\necho capsule 9.9.9\n", { mode: 0o755 });
  await refused(machine.run(`sh ${machine.shared}/script`), /another program is at .* now/);
  await Deno.remove(program);
  await refused(machine.run(`sh ${machine.shared}/script`), /the program is no longer at/);
  await refused(
    machine.run(`PATH=/usr/bin:/bin sh ${machine.shared}/script`).then((said) => said),
    /no longer at|has no/,
  );
});

Deno.test({
  name:
    "install: with systemd as the first process the unit runs in its sandbox, and goes in order",
  ignore: !isThere ||
    !need(
      "a machine of its own for systemd (root, systemd, util-linux, cgroup 2)",
      await findSystemdMissing() === undefined,
    ),
  fn: () =>
    walkSystemd(`${built.path}/capsule`, {
      isLong: Deno.env.get("CAPSULE_TEST_SOAK") === "1",
      changeProgram: changeHeader,
    }),
});

/** The calls that a filter of systemd's lets through: sets may name other sets. */
async function listCalls(filter: readonly string[]): Promise<Set<string>> {
  const { stdout } = await new Deno.Command("systemd-analyze", { args: ["syscall-filter"] })
    .output();
  const sets = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of new TextDecoder().decode(stdout).split("\n")) {
    if (line.startsWith("@")) sets.set(line.trim(), lines = []);
    else if (/^ +[@a-z0-9_-]+$/.test(line)) lines.push(line.trim());
  }
  const calls = new Set(filter);
  for (const name of calls) for (const one of sets.get(name) ?? []) calls.add(one);
  return calls;
}

Deno.test({
  name:
    "install: the calls that the program makes of the system are among those of the unit's filter",
  ignore: !isThere,
  async fn() {
    for (const name of ["strace", "systemd-analyze"]) {
      if (!need(name, await findProgram(name))) return;
    }
    using folder = makeFolder();
    const cwd = folder.path;
    const trace = `${cwd}/trace`;
    const program = ["strace", "-D", "-f", "-qq", `--output=${trace}`, `${built.path}/capsule`];
    await initCapsule(cwd, [], { program: [`${built.path}/capsule`] });
    {
      await using served = await serveCapsule([], { cwd, program });
      const picture = Uint8Array.fromBase64(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
      );
      await Deno.writeFile(`${cwd}/dot.png`, picture);
      const args = ["post", "Traced", "--image", "dot.png", "--alt", "A dot"];
      equal((await runCapsule(args, { cwd, program: [`${built.path}/capsule`] })).code, 0);
      for (const path of ["/", "/studio", "/feed.json", "/search?q=traced"]) {
        await (await fetch(served.url + path)).text();
      }
      equal(await served.stop(), 0);
    }
    const filter = /^SystemCallFilter=(.*)$/m.exec(
      await Deno.readTextFile(`${ROOT}host/install/unit.ts`),
    );
    const allowed = await listCalls((filter?.[1] ?? "").split(" "));
    ok(allowed.size > 200 && allowed.has("pkey_alloc") && !allowed.has("ptrace"));
    const text = await Deno.readTextFile(trace);
    const made = new Set(
      [...text.matchAll(/^\d+ +([a-z0-9_]+)\(/gm)].map(([, name]) => name ?? ""),
    );
    ok(made.size > 40, [...made].join());
    deepEqual([...made].filter((name) => !allowed.has(name)), []);
  },
});
