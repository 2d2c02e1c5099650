/** What the mesh takes from this program: chance, the clock, the way out, readers of pictures. @module */
import { cleanFeedHtml } from "../content/feed_html.ts";
import { sniffPicture } from "../content/pictures.ts";
import { type Ask, type Asker, makeAsk } from "../mesh/fetch.ts";
import type { Mesh, MeshLine } from "../mesh/mesh.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { findLease } from "../storage/leases.ts";
import type { Context } from "./command.ts";
import { findServer } from "./lease.ts";

/** What differs between the threads and commands that make a `Mesh`. */
export type MeshParts = Readonly<{
  db: Database;
  now: () => number;
  ask: Ask;
  log: (line: MeshLine) => void;
  isDev: boolean;
  startId: string;
  ownOrigin: () => string | undefined;
}>;

/** Makes a `Mesh`. */
export function makeMesh(parts: MeshParts): Mesh {
  return { ...parts, random: Math.random, sniff: sniffPicture, cleanHtml: cleanFeedHtml };
}

/** The way out, opened when it is first needed: a server whose owner asks nobody keeps its memory. */
export function makeLazyAsk(
  options: Readonly<{ isDev: boolean }>,
): Readonly<{ ask: Ask; close: () => Promise<void> }> {
  let opening: Promise<Asker> | undefined;
  return {
    ask: async (question) => {
      opening ??= makeAsk(options);
      const { ask } = await opening.catch((error) => {
        // Perhaps the environment is mended by the next time.
        opening = undefined;
        throw error;
      });
      return await ask(question);
    },
    close: async () => {
      const asker = await opening?.catch(() => undefined);
      await asker?.close();
    },
  };
}

/**
 * Runs a command's work with a `Mesh` over its database. http and private addresses are allowed with --dev, and beside a server
 * that allows them.
 */
export async function withMesh<T>(
  context: Context,
  db: Database,
  work: (mesh: Mesh) => Promise<T>,
): Promise<T> {
  const server = await findServer(db, context.now);
  const isDev = context.flag("dev") || server?.isDev === true;
  // A server that is not there lends nobody its number: this may be a copy of its database.
  const startId = server === undefined ? undefined : findLease(db)?.start;
  const { ask, close } = makeLazyAsk({ isDev });
  try {
    return await work(makeMesh({
      db,
      now: context.now,
      ask,
      log: ({ level, message }) => level === "info" ? undefined : context.remark(message),
      isDev,
      startId: startId ?? newStart(),
      ownOrigin: () => findOwnCapsule(db)?.address ?? undefined,
    }));
  } finally {
    await close();
  }
}

/** A random number that stands for one start of the program. */
export function newStart(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
