import { equal, match } from "node:assert/strict";
import { waitUntil } from "../support/mesh_rig.ts";
import { need } from "../support/optional.ts";
import { initCapsule, makeFolder, runCapsule, serveCapsule, SOURCE } from "../support/process.ts";
import { mountSmallDisk } from "../support/small_disk.ts";

const DROP = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"];
const WRITING = [
  ["post", "More words"],
  ["export", "out"],
  ["init", "--name", "Ben", "--password-stdin", "--data", "new.db"],
];
const RIGHTS = /Give this program the right to (?:read and )?write/;

/** A program that modes of files hold for: root is told nothing by them, but for one without its capabilities. */
function makeBound(): readonly string[] | undefined {
  if (Deno.uid() !== 0) return SOURCE;
  try {
    const { success } = new Deno.Command("setpriv", { args: [...DROP.slice(1), "true"] })
      .outputSync();
    return need("setpriv", success) ? [...DROP, ...SOURCE] : undefined;
  } catch {
    need("setpriv", false);
    return undefined;
  }
}

type Place = Readonly<{ cwd: string; program: readonly string[] }>;

async function refused({ cwd, program }: Place, args: readonly string[]): Promise<void> {
  const said = args.join(" ");
  const stdin = "correct horse battery\n";
  const { code, stdout, stderr } = await runCapsule(args, { cwd, program, stdin });
  equal(code, 1, `${said}\n${stdout}\n${stderr}`);
  equal(stderr.trim().split("\n").length, 1, stderr);
  match(stderr, RIGHTS, said);
}

async function layOut(cwd: string): Promise<void> {
  await initCapsule(cwd);
  await runCapsule(["post", "First words"], { cwd });
}

/** A copy as `capsule backup` makes it can be read where nothing can be written. */
async function putBackup(cwd: string): Promise<void> {
  equal((await runCapsule(["backup", "copy.db"], { cwd })).code, 0);
  await Deno.rename(`${cwd}/copy.db`, `${cwd}/capsule.db`);
}

async function isShown(url: string): Promise<string> {
  match(await (await fetch(url)).text(), /First words/);
  return (await (await fetch(`${url}/up`)).json()).readOnly;
}

Deno.test("in a folder, or with a file, without the right to write every command says what to do", async () => {
  const program = makeBound();
  if (program === undefined) return;
  using folder = makeFolder();
  const place = { cwd: folder.path, program };
  const { cwd } = place;
  await layOut(cwd);
  await Deno.chmod(cwd, 0o555);
  for (const args of [...WRITING, ["serve", "--port", "0"], ["status"]]) await refused(place, args);
  // There is no such right for reading alone either, where SQLite must keep its files.
  await refused(place, ["serve", "--read-only", "--port", "0"]);

  await Deno.chmod(cwd, 0o755);
  await Deno.chmod(`${cwd}/capsule.db`, 0o000);
  for (const args of [["post", "More words"], ["status"], ["serve", "--port", "0"]]) {
    await refused(place, args);
  }

  await Deno.chmod(`${cwd}/capsule.db`, 0o600);
  await putBackup(cwd);
  await Deno.chmod(`${cwd}/capsule.db`, 0o400);
  await Deno.chmod(cwd, 0o555);
  await using served = await serveCapsule([], place);
  equal(await isShown(served.url), "unwritable");
  await served.waitForError(/Until then pages are shown and nothing is written\./);
  await refused(place, ["post", "More words"]);
  equal((await runCapsule(["status"], place)).code, 0);
  await Deno.chmod(cwd, 0o755);
  await Deno.chmod(`${cwd}/capsule.db`, 0o600);
  await waitUntil(
    "it is written again",
    async () => await isShown(served.url).catch(() => "?") === undefined,
  );
  equal((await runCapsule(["post", "Room again"], place)).code, 0);
  match(await (await fetch(served.url)).text(), /Room again/);
  equal(await served.stop(), 0);
});

Deno.test("on a disk that may only be read pages are shown, and it is said once what to do", async () => {
  using disk = mountSmallDisk(8_000_000);
  if (!need("a small disk of its own (a tmpfs, mounted as root)", disk) || disk === undefined) {
    return;
  }
  const place = { cwd: disk.path, program: SOURCE };
  const { cwd } = place;
  await layOut(cwd);
  disk.protect();
  for (const args of [["post", "More words"], ["serve", "--port", "0"]]) await refused(place, args);
  disk.unprotect();
  await putBackup(cwd);
  disk.protect();
  {
    await using served = await serveCapsule([], place);
    equal(await isShown(served.url), "unwritable");
    await using copy = await serveCapsule(["--read-only"], place);
    equal(await isShown(copy.url), "replica");
  }
  disk.unprotect();
  equal((await runCapsule(["verify", "--all", "--json"], { cwd })).json().ok, true);
});
