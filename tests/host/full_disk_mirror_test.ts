import { equal, match, ok } from "node:assert/strict";
import { makeNeighbour, waitForMirror, waitUntil } from "../support/mesh_rig.ts";
import { need } from "../support/optional.ts";
import { makeFolder, runCapsule } from "../support/process.ts";
import { mountSmallDisk } from "../support/small_disk.ts";

const MB = 1_048_576;
const TEXTS = 80;

/** An author of some megabytes; nothing in the texts can be packed. */
async function writeTexts(folder: string): Promise<void> {
  const words = () => crypto.getRandomValues(new Uint8Array(48_000)).toBase64();
  for (let n = 0; n < TEXTS; n++) {
    await Deno.writeTextFile(`${folder}/${n}.md`, `---\ntitle: Text ${n}\n---\n\n${words()}`);
  }
}

/** After a full disk a copy rests for a minute: too long for every commit. */
const isSoak = Deno.env.get("CAPSULE_TEST_SOAK") === "1";

Deno.test({
  name:
    "a copy of another capsule fills the disk: said in one sentence, what came stays, and it goes on by itself",
  ignore: !isSoak,
  async fn() {
    using disk = mountSmallDisk(6 * MB);
    if (!need("a small disk of its own (a tmpfs, mounted as root)", disk) || disk === undefined) {
      return;
    }
    using texts = makeFolder();
    await using author = makeNeighbour("Ada");
    await using me = makeNeighbour("Ben", undefined, {
      path: disk.path,
      [Symbol.dispose]: () => {},
    });
    await Promise.all([author.init(), me.init(), writeTexts(texts.path)]);
    await author.run(["post", "First words"]);
    await author.start();
    const served = await me.start();
    await me.run(["follow", author.address]);
    await waitForMirror(me, author);
    await author.run(["import", texts.path]);
    me.askNow(author.id());
    await waitUntil(
      "the log tells it",
      () => /The disk is full: copying waits, and goes on by itself/.test(served.stderr()),
    );
    const { stdout } = await me.run(["mirrors"]);
    match(stdout, /The disk here is full, so copying waits\..*free some space/);
    ok((me.mirror(author.id())?.size ?? 0) < author.size());
    match(await me.get(`/~${author.id()}/`), /First words/);
    match(await me.get("/"), /Ben/);
    // What is kept free for the owner is not what the copy may take.
    const posted = await runCapsule(["post", "Still here"], { cwd: me.folder });
    if (posted.code !== 0) match(posted.stderr, /the disk is full\. Free some space/);
    disk.resize(40 * MB);
    await waitUntil("it goes on", () => served.stderr().includes("There is room again"), 120_000);
    await waitForMirror(me, author);
    equal((await me.run(["verify", "--all", "--json"])).json().ok, true);
    await me.stop();
  },
});
