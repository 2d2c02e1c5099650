/** Every command of docs/operations.md, run as it is written; only folders, names and ports are the test's own. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Machine, makeMachine } from "../support/machine.ts";
import { readReleased } from "../support/released.ts";
import { findFreePort, makeNeighbour, type Neighbour, waitUntil } from "../support/mesh_rig.ts";

const DOCUMENT = Deno.readTextFileSync(new URL("../../docs/operations.md", import.meta.url));
const HOME = "https://capsule.example.org";

/** What begins so needs a container engine or a compiled program: tests/binary/engine_test.ts and install_test.ts run these. */
const NOT_HERE = ["docker ", "./capsule install ", "capsule install", "./capsule-new install "];

/** The commands of all blocks, without remarks; one that goes on over several lines is one. */
function listCommands(markdown: string): string[] {
  return [...markdown.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].flatMap(([, block = ""]) =>
    block.replace(/\\\n\s*/g, "").split("\n")
      .map((line) => line.replace(/(?:^|\s+)# .*$/, "").trim())
      .filter((line) => line !== "")
  );
}

/** Commands of the program in the middle of a sentence or of a table. */
function listSaid(markdown: string): string[] {
  const sentences = markdown.replace(/^ *```[\s\S]*?^ *```$/gm, "");
  return [...sentences.matchAll(/`((?:[a-z][^`]*\| )?(?:\.\/)?capsule(?:-new)? [^`]+)`/g)]
    .map(([, said = ""]) => said.replace(/\s+/g, " "));
}

/** True when every word of one command is a word of another. */
function names(command: string, run: string): boolean {
  const words = run.split(" ");
  return command.split(" ").every((word) => words.includes(word));
}

/** Hands the document's commands out by how they begin, and knows which nobody asked for. */
function readDocument() {
  const blocks = listCommands(DOCUMENT);
  const said = new Set(listSaid(DOCUMENT).filter((command) => !blocks.includes(command)));
  const commands = new Set([...blocks, ...said]);
  const taken = new Set<string>();
  return {
    take(beginning: string): string {
      const found = [...commands].filter((command) => command.startsWith(beginning));
      const command = commands.has(beginning) ? beginning : found[0];
      ok(command !== undefined, `docs/operations.md has no command that begins: ${beginning}`);
      ok(command === beginning || found.length === 1, `several begin so: ${beginning}`);
      taken.add(command);
      return command;
    },
    /** What is said in a sentence may leave out words of the command that was run. */
    listLeft: () =>
      [...commands].filter((command) =>
        !taken.has(command) && !(said.has(command) && [...taken].some((run) =>
          names(command, run)
        )) &&
        !NOT_HERE.some((start) => command.startsWith(start))
      ),
  };
}

async function publish(author: Neighbour): Promise<void> {
  await author.init();
  await author.start();
  for (const text of ["First words.", "Second words.", "Third words."]) {
    await author.run(["post", text]);
  }
}

/** What the chapters share: the machine with the document's capsule, and two others. */
type Setting = Readonly<{
  machine: Machine;
  document: ReturnType<typeof readDocument>;
  ada: Neighbour;
  ben: Neighbour;
  port: number;
  local: string;
  /** Runs a command of the document; it must succeed. */
  run: (
    beginning: string,
    words?: Readonly<Record<string, string>>,
    before?: string,
  ) => Promise<string>;
}>;

Deno.test("every command of docs/operations.md does what it says", async () => {
  const document = readDocument();
  const port = findFreePort();
  const local = `http://127.0.0.1:${port}`;
  await using ada = makeNeighbour("Ada");
  await using ben = makeNeighbour("Ben");
  const serve = `./capsule serve --address ${local} --port ${port} --dev`;
  await using machine = makeMachine(() => ({
    start: async () => void await machine.start(serve, /Listening on/),
    stop: async () => void await machine.stop(),
  }));
  const run: Setting["run"] = async (beginning, words = {}, before = "") => {
    const command = machine.place(document.take(beginning), words);
    const { code, out, err } = await machine.run(`${before}${command}`);
    equal(code, 0, `${command}\n${out}\n${err}`);
    return out;
  };
  const setting = { machine, document, ada, ben, port, local, run };
  const phrase = await runFirst(setting);
  await followOthers(setting);
  await removeAndBlock(setting);
  await keepAndPutBack(setting);
  await changeCopies(setting, phrase);
  await goElsewhere(setting, phrase);
  deepEqual(document.listLeft(), []);
});

/** Run, First run, HTTPS, Behind a reverse proxy; answers the recovery phrase. */
async function runFirst({ machine, document, port, local, run }: Setting): Promise<string> {
  const download = machine.path("/home/ida");
  await machine.run(`cp ../../bin/capsule ${download}/`);
  await run("mkdir -p /srv/capsule", {}, `cd ${download}; `);
  await Deno.writeTextFile(`${machine.folder}/password.txt`, "correct horse battery\n");
  const words = [...(await run("capsule init", { [HOME]: local })).matchAll(/ \d+ ([a-z]+)/g)];
  const ports = `--http-port ${findFreePort()} --https-port ${findFreePort()}`;
  const authority = `--acme-directory https://127.0.0.1:1/ ${ports}`;
  const https = document.take("./capsule serve --address https://capsule.example.org");
  await machine.start(https.replace(HOME, `https://localhost ${authority}`), /Listening on https/);
  equal(await machine.stop(), 0);
  const short = document.take("./capsule --address https://capsule.example.org");
  await machine.start(short.replace(HOME, `https://localhost ${authority}`), /Listening on https/);
  equal(await machine.stop(), 0);
  const proxied = document.take("./capsule serve --address https://capsule.example.org --port");
  await machine.start(proxied.replace("8000", `${port}`), /Listening on/);
  match(await run("curl", { ":8000": `:${port}` }), /"ok":true/);
  equal(await machine.stop(), 0);
  const reading = document.take("capsule serve --read-only");
  await machine.start(reading.replace("8001", `${port}`), /Listening on/);
  match(await (await fetch(`${local}/up`)).text(), /"readOnly":"replica"/);
  equal(await machine.stop(), 0);
  return words.map(([, word]) => word).join(" ");
}

/** People you follow; the capsule is served from here on. */
async function followOthers({ machine, ada, ben, local, run }: Setting): Promise<void> {
  await Promise.all([publish(ada), ben.init().then(() => ben.start())]);
  await run("systemctl start capsule");
  await speakAndMove({ machine, local, run });
  const address = { "capsule.example.org": ada.address };
  match(await run("capsule follow capsule.example.org", address), /Following/);
  const outline = `<outline text="Ben" xmlUrl="${ben.address}"/>`;
  await Deno.writeTextFile(
    `${machine.folder}/subscriptions.opml`,
    `<opml version="2.0"><body>${outline}</body></opml>`,
  );
  await run("capsule follow --opml");
  await waitUntil("the copy is whole", async () => {
    const mirrors = JSON.parse((await machine.run("capsule mirrors --json")).out);
    return mirrors.find(({ id }: { id: string }) => id === ada.id())?.complete === true;
  });
  match(await run("capsule mirrors"), /Ada/);
  await ben.run(["follow", local]);
}

/** What is said in passing: health, trouble, an address. */
async function speakAndMove(
  { machine, local, run }: Pick<Setting, "machine" | "local" | "run">,
): Promise<void> {
  match(await run("capsule up"), /^Up, at /);
  match(await run("capsule version"), /^capsule \d/m);
  match(await run("capsule version --licences"), /licence/);
  const { id, serving } = JSON.parse(await run("capsule status --json"));
  equal(serving, true);
  await Deno.writeTextFile(`${machine.path("/home/ida")}/text.md`, "# On bridges\n\nThey carry.\n");
  const article = (await run("capsule article - <")).trim();
  const other = local.replace("127.0.0.1", "localhost");
  match(
    await run("capsule move https://new.", { "https://new.example.org": other }),
    /from now on/,
  );
  await run("capsule move https://the.", { "https://the.right.name": local });
  const proof = await (await fetch(`${local}/mesh/1/${id}/proof/1`)).text();
  await Deno.writeTextFile(`${machine.folder}/proof.json`, proof);
  await run("capsule verify FILE", { FILE: "proof.json" });
  await run("capsule withdraw", { withdraw: `withdraw ${article} --yes` });
  const password = "password --password-stdin < password.txt";
  match(await run("capsule password", { password }), /signed out|new password/i);
}

/** Remove what others wrote, and block. */
async function removeAndBlock({ ada, ben, local, run }: Setting): Promise<void> {
  const copy = `${local}/~${ada.id()}`;
  const { items } = await (await fetch(`${copy}/feed.json`)).json();
  const [third, second, first] = items as { id: string; url: string }[];
  ok(first !== undefined && second !== undefined && third !== undefined);
  const pathOf = ({ url }: { url: string }) => /\/p\/\d+$/.exec(url)?.[0] ?? "";
  const removed = async (item: { url: string }) => {
    const { status, body } = await fetch(copy + pathOf(item));
    await body?.cancel();
    return status;
  };
  await run("capsule takedown https://capsule.example.org/", {
    [`${HOME}/~cap1…/p/7`]: copy + pathOf(first),
  });
  equal(await removed(first), 451);
  await run("capsule takedown https://ada.example.org/", {
    "https://ada.example.org/a/slug": ada.address + pathOf(second),
  });
  equal(await removed(second), 451);
  equal(await removed(third), 200);
  await run("capsule takedown 3f0c…", { "3f0c…": /[0-9a-f]{64}/.exec(third.id)?.[0] ?? third.id });
  equal(await removed(third), 451);
  await run("capsule unfollow", { "capsule.example.org": ada.address });
  await run("capsule takedown cap1…", { "cap1…": ben.id() });
  await run("capsule block", { "spam.example.org": ben.address });
}

/** Upgrade, Backup, Restore. */
async function keepAndPutBack({ machine, run }: Setting): Promise<void> {
  await run("capsule backup before-upgrade.db");
  await run("systemctl stop capsule");
  await run("cp /srv/capsule/capsule capsule-old");
  await machine.run(`cp capsule capsule-new`);
  await run("install -m 755 capsule-new /srv/capsule/capsule");
  match(await run("capsule status"), /Ida Greenwald/);
  match(await run("capsule doctor"), /^ok +Database: /m);
  ok(JSON.parse(await run("capsule doctor --json")).length > 5);
  match(await run("capsule upkeep"), /^Tidied in /);
  await machine.run("mv capsule.db mine.db");
  await Deno.writeFile(`${machine.folder}/capsule.db`, readReleased(4));
  match((await machine.run("capsule status")).err, /from version 4/);
  match(await run("capsule rollback"), /version 4 again/);
  await run("install -m 755 capsule-old /srv/capsule/capsule");
  await machine.run("rm capsule.db*; mv mine.db capsule.db");
  await run("capsule backup copy.db");
  match(await run("capsule restore copy.db --check"), /can be restored/);
  match(await run("capsule backup --nightly backups"), /Every night .* 7 days and 4 weeks/);
  await run("capsule backup - > /backup/");
  await run("capsule backup - | ssh");
  const kept = await Array.fromAsync(Deno.readDir(machine.path("/backup")), ({ name }) => name);
  equal(kept.length, 1);
  await machine.run("rm capsule.db");
  await run("capsule restore copy.db");
  await run("capsule restore copy.db --replace");
  await run("capsule restore - --replace", { "capsule-2026-05-01.db": kept[0] ?? "" });
  match(await run("capsule verify --all"), /Verified|whole|signature/i);
}

/** Encrypted copies; a new key and an end, for a copy of its own. */
async function changeCopies({ machine, run }: Setting, phrase: string): Promise<void> {
  await run("capsule backup - | age", { RECIPIENT: "age1", FILE: "kept.age" });
  await run("age -d", { KEY: "key", FILE: "kept.age", "restore -": "restore - --data mine.db" });
  const typed = `echo ${phrase} | `;
  const copy = (command: string) => ({ [command]: `${command} --data mine.db` });
  match(await run("capsule rotate", copy("capsule rotate"), typed), /a new key/);
  await run("capsule rotate --cut N", { ...copy("capsule rotate"), "--cut N": "--cut 1" }, typed);
  match(await run("capsule close", copy("capsule close"), typed), /is closed/);
  await machine.run("rm mine.db kept.age");
}

/** Move to another machine; come back after everything was lost. */
async function goElsewhere(
  { machine, document, ben, local, port, run }: Setting,
  phrase: string,
): Promise<void> {
  await run("scp");
  await machine.run(`ssh new.example.org 'cp ${machine.folder}/capsule .'`);
  await run("ssh new.example.org", { [`cd ${machine.folder}`]: "true" });
  await machine.run("rm capsule.db");
  const places = {
    "https://ben.example": ben.address,
    "https://ida.example.org": `${local} --dev`,
  };
  match(await run("capsule recover", places, `echo ${phrase} | `), /The capsule is back/);
  const served = document.take("capsule serve --address https://ida.example.org");
  await machine.start(
    served.replace("https://ida.example.org", `${local} --port ${port} --dev`),
    /Listening on/,
  );
  equal(await machine.stop(), 0);
}
