import { equal, ok } from "node:assert/strict";
import { findPost } from "../../storage/pieces.ts";
import { openDatabase } from "../../storage/database.ts";
import { checkStore } from "../support/check_store.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { killIfAlive } from "../support/process.ts";

const SCRIPT = new URL("../support/append_forever.ts", import.meta.url).pathname;

/** Runs a writer until it has acknowledged `count` posts, then kills it at once. */
async function writeUntilKilled(path: string, name: string, count: number): Promise<string[]> {
  const writer = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", SCRIPT, path, name],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  for await (const text of writer.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    if (output.split("\n").length > count) break;
  }
  // One that ended by itself: the assertions below say what is missing.
  killIfAlive(writer, "SIGKILL");
  await writer.status;
  return output.split("\n").slice(0, -1);
}

Deno.test("kill -9 while two programs publish: the log verifies and every acknowledged post is there", async () => {
  const folder = await Deno.makeTempDir({ prefix: "capsule-test-" });
  const path = `${folder}/capsule.db`;
  {
    using _capsule = openTestCapsule({ path });
  }
  for (const count of [1, 15, 40]) {
    const acknowledged = (await Promise.all([
      writeUntilKilled(path, `a${count}`, count),
      writeUntilKilled(path, `b${count}`, count),
    ])).flat();
    ok(acknowledged.length >= 2 * count, `too few posts: ${acknowledged.length}`);
    using db = openDatabase(path);
    for (const line of acknowledged) {
      const [index = "", ...words] = line.split(" ");
      const found = findPost(db, 1, Number(index));
      equal(typeof found === "object" && found.text, words.join(" "));
    }
    checkStore(db);
  }
  await Deno.remove(folder, { recursive: true });
});
