/** Blocking and unblocking. Mounted at /studio/blocks. @module */
import { type Context, Hono } from "hono";
import { BLOCKS_MAX, deleteBlock, isBlocked, listBlocks, saveBlock } from "../storage/blocks.ts";
import { findMirror, findMirrorByAddress } from "../storage/mirrors.ts";
import { BlocksPage } from "../views/studio_blocks.ts";
import type { Problems } from "../views/studio_fields.ts";
import { nameOf } from "../views/studio_mesh.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { readWords } from "./forms.ts";
import { readBlockTarget } from "./mesh_target.ts";
import { needOwnCapsule } from "./site.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

const PER_PAGE = Math.min(100, BLOCKS_MAX);

const DONE: Readonly<Record<string, string>> = {
  blocked: "Blocked.",
  known: "That was blocked already.",
  unblocked: "Not blocked any more. Follow again where you wish to.",
};

/** Builds the routes of blocks. */
export function blockRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => answerBlocks(deps, c, { typed: c.req.query("target") ?? "" }));

  routes.post("/", async (c) => {
    const typed = (await readWords(c.req.raw)).line("target");
    const target = readBlockTarget(typed);
    const problem = target === undefined
      ? "This is neither an address nor a capsule id: capsule.example.org, or cap1 and 58 letters and digits."
      : isSelf(deps, target)
      ? "This is your own capsule."
      : undefined;
    if (target === undefined || problem !== undefined) {
      return answerBlocks(deps, c, { typed, problems: { target: problem ?? "" } });
    }
    const isNew = saveBlock(db, target, now());
    return c.redirect(`/studio/blocks?done=${isNew ? "blocked" : "known"}`, 303);
  });

  routes.post("/end", async (c) => {
    const target = (await readWords(c.req.raw)).line("target");
    // Sent twice, the second finds none and says the same.
    if (isBlocked(db, target)) deleteBlock(db, target);
    return c.redirect("/studio/blocks?done=unblocked", 303);
  });

  return routes;
}

function isSelf(deps: Deps, target: string): boolean {
  return target === needOwnCapsule(deps).id || target === URL.parse(deps.origin())?.host;
}

function answerBlocks(
  deps: Deps,
  c: Context<Env>,
  { typed, problems }: Readonly<{ typed: string; problems?: Problems }>,
): Response {
  const { db } = deps;
  const after = c.req.query("after")?.slice(0, 300);
  const found = listBlocks(db, { after, limit: PER_PAGE + 1 });
  const blocks = found.slice(0, PER_PAGE);
  const target = readBlockTarget(typed);
  const followed = target === undefined
    ? undefined
    : findMirror(db, target) ?? findMirrorByAddress(db, `https://${target}`);
  const page = BlocksPage({
    frame: readFrame(deps, c),
    blocks,
    paging: {
      newer: after === undefined ? undefined : "/studio/blocks",
      older: found.length > PER_PAGE
        ? withQuery("/studio/blocks", { after: blocks.at(-1)?.target })
        : undefined,
    },
    target: typed,
    followedName: followed === undefined ? "" : nameOf(followed),
    problems,
    done: DONE[c.req.query("done") ?? ""],
  });
  return answerPage(c, page, problems === undefined ? 200 : 422);
}
