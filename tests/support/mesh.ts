/** What the mesh takes from outside, for tests in one process: a clock that tests move and the real way out on loopback. @module */
import { cleanFeedHtml } from "../../content/feed_html.ts";
import { sniffPicture } from "../../content/pictures.ts";
import { type Asker, type AskerOptions, makeAsk } from "../../mesh/fetch.ts";
import type { Mesh, MeshLine } from "../../mesh/mesh.ts";
import type { Database } from "../../storage/database.ts";

/** A `Mesh`, and what it logged. */
export type TestMesh = Mesh & Readonly<{ logged: MeshLine[] }> & AsyncDisposable;

/** Makes a mesh on a database, for development unless something else is said. */
export async function openTestMesh(
  { db, now }: Readonly<{ db: Database; now: () => number }>,
  options: Partial<AskerOptions & Pick<Mesh, "random">> = {},
): Promise<TestMesh> {
  const { random = () => 0.5, isDev = true } = options;
  const asker: Asker = await makeAsk({ silenceMs: 2_000, ...options, isDev });
  const logged: MeshLine[] = [];
  return {
    db,
    now,
    random,
    ask: asker.ask,
    sniff: sniffPicture,
    cleanHtml: cleanFeedHtml,
    log: (line) => void logged.push(line),
    isDev,
    startId: "start",
    ownOrigin: () => undefined,
    logged,
    [Symbol.asyncDispose]: asker.close,
  };
}
