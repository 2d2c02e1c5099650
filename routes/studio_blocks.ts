/** Blocking and unblocking. Mounted at /studio/blocks. @module */
import { type Context, Hono } from "hono";
import { block } from "../mesh/removal.ts";
import { BLOCKS_MAX, deleteBlock, listBlocks } from "../storage/blocks.ts";
import { findMirror, findMirrorByAddress } from "../storage/mirrors.ts";
import { BlocksPage } from "../views/studio_blocks.ts";
import type { Problems } from "../views/studio_fields.ts";
import { nameOf } from "../views/studio_mesh.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { readWords } from "./forms.ts";
import { readBlockTarget } from "./mesh_target.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

const PER_PAGE = Math.min(100, BLOCKS_MAX);

const DONE: Readonly<Record<string, string>> = {
  blocked: "Blocked.",
  known: "That was blocked already.",
  unblocked: "Not blocked any more. Follow again where you wish to.",
};

const PROBLEMS = {
  own: "This is your own capsule.",
  absent:
    "This is neither an address nor a capsule id: capsule.example.org, or cap1 and 58 letters and digits.",
} as const;

/** Builds the routes of blocks. */
export function blockRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => answerBlocks(deps, c, { typed: c.req.query("target") ?? "" }));

  routes.post("/", async (c) => {
    const typed = (await readWords(c.req.raw)).line("target");
    const target = readBlockTarget(typed);
    const outcome = target === undefined ? "absent" : db.urgently(() => block({ db, now }, target));
    if (outcome === "blocked" || outcome === "known") {
      return c.redirect(withQuery("/studio/blocks", { done: outcome }), 303);
    }
    return answerBlocks(deps, c, { typed, problems: { target: PROBLEMS[outcome] } });
  });

  routes.post("/end", async (c) => {
    const target = (await readWords(c.req.raw)).line("target");
    // Sent twice, the second finds none and says the same.
    deleteBlock(db, target);
    return c.redirect("/studio/blocks?done=unblocked", 303);
  });

  return routes;
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
