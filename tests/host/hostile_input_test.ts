import { equal, match, ok } from "node:assert/strict";
import { renewLease, takeLease } from "../../host/lease.ts";
import { runUpkeep } from "../../host/upkeep.ts";
import { openDatabase } from "../../storage/database.ts";
import { listEntries } from "../../storage/entries.ts";
import {
  initCapsule,
  killIfAlive,
  listNames,
  makeFolder,
  runCapsule,
  serveCapsule,
  SOURCE,
} from "../support/process.ts";

const IS_UNIX = Deno.build.os !== "windows";

/** One sentence, no place in the program, no words of the runtime. */
function checkSentence(stderr: string, says: RegExp): void {
  match(stderr, says);
  equal(stderr.trimEnd().split("\n").length, 1, stderr);
  ok(!/\bat \S+:\d+|os error|Error:/.test(stderr), stderr);
}

async function makeCapsule(): Promise<ReturnType<typeof makeFolder>> {
  const folder = makeFolder();
  await initCapsule(folder.path);
  return folder;
}

Deno.test("restore --replace with an empty file or a database without a capsule keeps the capsule", async () => {
  using folder = await makeCapsule();
  const cwd = folder.path;
  await Deno.writeFile(`${cwd}/empty`, new Uint8Array(0));
  for (const word of ["empty", "-"]) {
    const options = word === "-" ? { cwd, stdin: "" } : { cwd };
    const answer = await runCapsule(["restore", word, "--replace"], options);
    equal(answer.code, 1);
    checkSentence(answer.stderr, /the file is empty/);
  }
  equal((await runCapsule(["verify", "--all", "--json"], { cwd })).json().ok, true);
  equal(listNames(cwd).join(), "capsule.db,empty");
});

Deno.test("backup --replace onto its own database, a folder or a device is refused", async () => {
  using folder = await makeCapsule();
  const cwd = folder.path;
  await Deno.mkdir(`${cwd}/folder`);
  const before = (await Deno.stat(`${cwd}/capsule.db`)).ino;
  for (const target of ["capsule.db", "./folder/../capsule.db", "folder", "/dev/null"]) {
    const answer = await runCapsule(["backup", target, "--replace"], { cwd });
    equal(answer.code, 1, target);
    checkSentence(answer.stderr, /^Cannot write \S+: .*Name a(?:nother)? file\.$/m);
  }
  equal((await Deno.stat(`${cwd}/capsule.db`)).ino, before);
});

Deno.test({
  name: "links in a circle, names without end and pipes nobody writes to are told in a sentence",
  ignore: !IS_UNIX,
  async fn() {
    using folder = await makeCapsule();
    const cwd = folder.path;
    await Deno.symlink("two", `${cwd}/one`);
    await Deno.symlink("one", `${cwd}/two`);
    await new Deno.Command("mkfifo", { args: [`${cwd}/pipe`] }).output();
    const long = "a".repeat(5_000);
    for (const name of ["one", "pipe", "/dev/zero", long]) {
      for (const args of [["article", name], ["import", name], ["verify", name]]) {
        const answer = await runCapsule(args, { cwd });
        equal(answer.code, 1);
        checkSentence(answer.stderr, /^Cannot (?:read|import|open) /);
        ok(answer.stderr.length < 500, answer.stderr);
      }
    }
  },
});

Deno.test("control characters of a name never reach the terminal", async () => {
  using folder = await makeCapsule();
  const answer = await runCapsule(["article", "\x1b[31m\u202egnp.md\n"], { cwd: folder.path });
  equal(answer.code, 1);
  ok(!/\p{Cc}|\p{Bidi_Control}/u.test(answer.stderr.trimEnd()));
  checkSentence(answer.stderr, /found nothing there/);
});

Deno.test({
  name: "a standard output that is full or closed is told; a copy into it is no success",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = await makeCapsule();
    const cwd = folder.path;
    const program = SOURCE.join(" ");
    const run = async (line: string) => {
      const { code, stderr } = await new Deno.Command("bash", { args: ["-c", line], cwd }).output();
      return { code, stderr: new TextDecoder().decode(stderr) };
    };
    for (const words of ["status", "backup -"]) {
      const full = await run(`${program} ${words} > /dev/full`);
      equal(full.code, 1);
      checkSentence(full.stderr, /disk is full/);
    }
    const cut = await run(`set -o pipefail; ${program} backup - | true`);
    equal(cut.code, 1);
    checkSentence(cut.stderr, /ended too early/);
    equal(listNames(cwd).join(), "capsule.db");
  },
});

Deno.test("an import of one file that brings nothing fails", async () => {
  using folder = await makeCapsule();
  const cwd = folder.path;
  await Deno.writeTextFile(`${cwd}/big.md`, "# Big\n");
  await Deno.truncate(`${cwd}/big.md`, 100_000_000);
  const answer = await runCapsule(["import", "big.md", "--json"], { cwd });
  equal(answer.code, 1);
  equal(answer.json<{ problems: unknown[] }>().problems.length, 1);
});

Deno.test("an address with a line break in it is refused, not mended", async () => {
  using folder = makeFolder();
  const args = ["serve", "--address", "https://a.example\nx"];
  const answer = await runCapsule(args, { cwd: folder.path });
  equal(answer.code, 1);
  checkSentence(answer.stderr, /--address expects an address/);
});

Deno.test({
  name: "more connections than the system allows: the server is reached again afterwards",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = await makeCapsule();
    const program = ["bash", "-c", `ulimit -n 128; exec "$0" "$@"`, ...SOURCE];
    await using served = await serveCapsule([], { cwd: folder.path, program });
    const port = Number(new URL(served.url).port);
    const held: Deno.TcpConn[] = [];
    for (let n = 0; n < 200; n++) {
      try {
        held.push(await Deno.connect({ port }));
      } catch {
        break;
      }
    }
    for (const connection of held) connection.close();
    let status = 0;
    for (let tries = 0; tries < 40 && status !== 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      status = await askUp(served.url);
    }
    equal(status, 200, served.stderr());
  },
});

async function askUp(url: string): Promise<number> {
  try {
    const response = await fetch(`${url}/up`);
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

Deno.test("a program that keeps the database locked does not hold up the server's housework", async () => {
  using folder = await makeCapsule();
  using writer = openDatabase(`${folder.path}/capsule.db`);
  using db = openDatabase(`${folder.path}/capsule.db`);
  const lease = { db, start: "start", now: Date.now };
  equal(await takeLease(lease), undefined);
  writer.transaction(() => {
    writer.prepare("update leases set url = '' where id = 1").run();
    const startedAt = performance.now();
    equal(renewLease(lease), true);
    runUpkeep(db, { now: Date.now, log: () => {} });
    ok(performance.now() - startedAt < 1_000);
  });
});

const KILLS = Deno.env.get("CAPSULE_TEST_SOAK") === "1" ? 60 : 5;

Deno.test("kill -9 while posting, importing and copying: the log verifies, acknowledged posts are there", async () => {
  using folder = await makeCapsule();
  const cwd = folder.path;
  await Deno.mkdir(`${cwd}/texts`);
  for (let n = 0; n < 40; n++) {
    await Deno.writeTextFile(`${cwd}/texts/${n}.md`, `---\ntitle: T ${n}\n---\nText\n`);
  }
  await runCapsule(["backup", "first.db"], { cwd });
  const acknowledged: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const said = await runAndKill(["post", `Post ${kill}`, "--json"], cwd, 60 + kill * 37 % 300);
    if (said !== "") acknowledged.push(JSON.parse(said).hash);
    await runAndKill(["import", "texts"], cwd, 100 + kill * 53 % 400);
    await runAndKill(["backup", "copy.db", "--replace"], cwd, 80 + kill * 41 % 300);
  }
  // The next one that ends tidies up after those that were killed.
  await runCapsule(["backup", "copy.db", "--replace"], { cwd });
  equal(listNames(cwd).filter((name) => name.startsWith("copy.db")).join(), "copy.db");
  const restored = ["--data", "other.db", "--replace"];
  await runCapsule(["restore", "first.db", "--data", "other.db"], { cwd });
  await runAndKill(["restore", "first.db", ...restored], cwd, 150);
  for (const data of ["capsule.db", "other.db"]) {
    const verified = await runCapsule(["verify", "--all", "--json", "--data", data], { cwd });
    equal(verified.json().ok, true, verified.stdout);
  }
  using db = openDatabase(`${cwd}/capsule.db`);
  const stored = new Set(listEntries(db, 1, 0, 1_000).map((entry) => entry.hash.toHex()));
  for (const hash of acknowledged) ok(stored.has(hash), `acknowledged and lost: ${hash}`);
});

/** What the command had said when it was killed; "" when it had said nothing whole. */
async function runAndKill(args: readonly string[], cwd: string, ms: number): Promise<string> {
  const [path = "", ...before] = SOURCE;
  const child = new Deno.Command(path, {
    args: [...before, ...args],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => killIfAlive(child, "SIGKILL"), ms);
  const { stdout } = await child.output();
  clearTimeout(timer);
  const text = new TextDecoder().decode(stdout);
  return text.endsWith("\n") ? text : "";
}
