/**
 * Publishes posts into a database until it is killed, and says on standard output which are on disk: one line each, the
 * index and the text. Arguments: the database's path, the name of this writer. Run by `tests/mesh/kill_test.ts`.
 * @module
 */
import { publishPost } from "../../mesh/publish.ts";
import { openDatabase } from "../../storage/database.ts";

const [path = "", name = ""] = Deno.args;
const db = openDatabase(path);
const encoder = new TextEncoder();
for (let n = 0;; n += 1) {
  const text = `${name} ${n}`;
  const { index } = publishPost({ db, now: () => 1_700_000_000_000 + n }, { text, tags: [name] });
  Deno.stdout.writeSync(encoder.encode(`${index} ${text}\n`));
}
