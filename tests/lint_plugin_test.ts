import { deepEqual } from "node:assert/strict";
import plugin from "../.ci/lint_plugin.ts";

/** The rules that refuse a text in a file of that name, each once, in order. */
function refusedBy(path: string, text: string): string[] {
  const found = Deno.lint.runPlugin(plugin, path, text).map(({ id }) => id.replace("house/", ""));
  return [...new Set(found)].sort();
}

type Case = [path: string, text: string];

/** Declares the test of one rule: what it refuses, and what it lets through (whatever other rules say of it). */
function ruleTest(rule: string, { refused, fine }: { refused: Case[]; fine: Case[] }): void {
  Deno.test(`lint rule ${rule} refuses what it is for and nothing else`, () => {
    for (const [path, text] of refused) {
      deepEqual(refusedBy(path, text), [rule], `not refused in ${path}: ${text.slice(0, 80)}`);
    }
    for (const [path, text] of fine) {
      deepEqual(refusedBy(path, text), [], `refused in ${path}: ${text.slice(0, 80)}`);
    }
  });
}

ruleTest("rooms", {
  refused: [
    ["content/slug.ts", `import { x } from "../views/text.ts";\nx();`],
    ["views/pieces.ts", `import { x } from "../storage/pieces.ts";\nx();`],
    ["views/pieces.ts", `import { type A, x } from "../storage/pieces.ts";\nx();`],
    ["storage/pieces.ts", `import { x } from "../mesh/publish.ts";\nx();`],
    ["storage/pieces.ts", `import type { X } from "../mesh/publish.ts";\nlet x: X;`],
    ["content/slug.ts", `import type { X } from "../storage/pieces.ts";\nlet x: X;`],
    ["mesh/protocol/entry.ts", `import { x } from "../publish.ts";\nx();`],
    ["mesh/protocol/entry.ts", `import { x } from "node:crypto";\nx();`],
    ["mesh/protocol/entry.ts", `import { x } from "hono";\nx();`],
    ["mesh/protocol/entry.ts", `Deno.readTextFileSync("x");`],
    ["mesh/publish.ts", `import { x } from "../content/slug.ts";\nx();`],
    ["mesh/publish.ts", `import { x } from "../routes/app.ts";\nx();`],
    ["routes/posts.ts", `import { x } from "../host/config.ts";\nx();`],
    ["routes/posts.ts", `const x = await import("../host/config.ts");`],
    ["routes/posts.ts", `new Worker(new URL("../host/worker.ts", import.meta.url));`],
    ["routes/posts.ts", `export { x } from "../host/config.ts";\nexport const y = 1;`],
    ["main.ts", `import { x } from "./storage/database.ts";\nx();`],
    ["host/listen.ts", `import { x } from "../tests/support/process.ts";\nx();`],
    ["routes/posts.ts", `import { x } from "linkedom";\nx();`],
  ],
  fine: [
    ["views/pieces.ts", `import type { Piece } from "../storage/pieces.ts";\nlet x: Piece;`],
    ["views/pieces.ts", `import { type Piece } from "../storage/pieces.ts";\nlet x: Piece;`],
    ["views/pieces.ts", `import { x } from "../content/slug.ts";\nx();`],
    ["storage/log.ts", `import { x } from "../mesh/protocol/tree.ts";\nx();`],
    ["mesh/protocol/tree.ts", `import { x } from "@noble/hashes/sha2.js";\nx();`],
    ["routes/posts.ts", `import { x } from "../mesh/protocol/hex.ts";\nx();`],
    ["host/import/feed.ts", `import { x } from "../../content/html_to_markdown.ts";\nx();`],
    ["main.ts", `import { x } from "./host/command_line.ts";\nx();`],
    ["tests/host/x_test.ts", `import { x } from "../../storage/database.ts";\nx();`],
  ],
});

ruleTest("file-length", {
  refused: [["storage/pieces.ts", "x();\n".repeat(401)]],
  fine: [["storage/pieces.ts", "x();\n".repeat(400)]],
});

const functionOf = (lines: number): string => `function x() {\n${"y();\n".repeat(lines - 2)}}`;
ruleTest("function-length", {
  refused: [
    ["storage/pieces.ts", functionOf(71)],
    ["storage/pieces.ts", functionOf(71).replace("function x()", "const x = () =>")],
    ["storage/pieces.ts", functionOf(71).replace("function x()", "const x = function ()")],
  ],
  fine: [["storage/pieces.ts", functionOf(70)]],
});

ruleTest("file-name", {
  refused: [
    ["storage/utils.ts", "x();"],
    ["helpers/dates.ts", "x();"],
    ["views/types.ts", "x();"],
    ["views/index.ts", "x();"],
    ["views/mod.ts", "x();"],
    ["views/postCard.ts", "x();"],
    ["views/post-card.ts", "x();"],
  ],
  fine: [
    ["views/post_card.ts", "x();"],
    ["tests/views/post_card_test.ts", "x();"],
    ["storage/migrations/0001_capsule.ts", "x();"],
  ],
});

ruleTest("no-barrel", {
  refused: [
    ["views/posts.ts", `export { x } from "./cards.ts";`],
    ["views/posts.ts", `import { x } from "./cards.ts";\nexport { x };`],
    ["views/posts.ts", `export * from "./cards.ts";\nexport const y = 1;`],
  ],
  fine: [
    ["views/posts.ts", `export { x } from "./cards.ts";\nexport const y = 1;`],
    ["main.ts", `import "./host/command_line.ts";`],
  ],
});

ruleTest("comments", {
  refused: [
    ["views/posts.ts", "// TODO: later\nx();"],
    ["views/posts.ts", "/* FIXME(ann) later */\nx();"],
    ["views/posts.ts", "// deno-lint-ignore no-explicit-any\nx();"],
  ],
  fine: [
    ["views/posts.ts", "// TODO(#12): later\nx();"],
    ["views/posts.ts", "// deno-lint-ignore no-explicit-any -- the library types it so\nx();"],
  ],
});

ruleTest("sql-in-storage", {
  refused: [
    ["routes/posts.ts", `db.prepare("select text from posts");`],
    ["routes/posts.ts", "db.prepare(`\n  SELECT text\n  FROM posts`);"],
    ["mesh/publish.ts", `db.exec("insert into posts values (1)");`],
    ["mesh/publish.ts", `db.exec("insert or ignore into posts values (1)");`],
    ["host/listen.ts", `db.exec("pragma user_version = 1");`],
    ["host/listen.ts", `import { DatabaseSync } from "node:sqlite";\nnew DatabaseSync("x");`],
  ],
  fine: [
    ["storage/posts.ts", `db.prepare("select text from posts");`],
    ["tests/storage/posts_test.ts", `db.exec("delete from posts");`],
    ["views/posts.ts", `const label = "Select a picture from your device";`],
    ["views/posts.ts", `const label = "update the profile";`],
  ],
});

ruleTest("env-in-config", {
  refused: [
    ["host/listen.ts", `Deno.env.get("PORT");`],
    ["routes/app.ts", `globalThis.Deno.env;`],
    ["routes/app.ts", `process.env.PORT;`],
  ],
  fine: [
    ["host/config.ts", `Deno.env.get("PORT");`],
    ["tests/support/browser.ts", `Deno.env.get("CHROME_PATH");`],
  ],
});

ruleTest("fetch-in-mesh", {
  refused: [
    ["routes/app.ts", `await fetch("https://a.example");`],
    ["mesh/pull.ts", `await globalThis.fetch("https://a.example");`],
  ],
  fine: [
    ["mesh/fetch.ts", `await fetch("https://a.example");`],
    ["views/assets/islands/draft.js", `await fetch("/studio/drafts/1");`],
    ["routes/app.ts", `await app.fetch(request);`],
  ],
});

ruleTest("clock-in-host", {
  refused: [
    ["routes/app.ts", `Date.now();`],
    ["routes/app.ts", `new Date();`],
    ["routes/app.ts", `f({ now: Date.now });`],
    ["views/time.ts", `Temporal.Now.instant();`],
  ],
  fine: [
    ["views/time.ts", `new Date(0);`],
    ["host/listen.ts", `Date.now();`],
    ["tests/views/time_test.ts", `Date.now();`],
  ],
});

ruleTest("console-in-host", {
  refused: [["routes/app.ts", `console.log("x");`]],
  fine: [["host/log.ts", `console.log("x");`]],
});

ruleTest("raw-markup", {
  refused: [
    ["views/posts.ts", "html`<p dangerouslySetInnerHTML=${x} />`;"],
    ["views/posts.ts", `const x = { dangerouslySetInnerHTML: 1 };`],
    ["views/posts.ts", `const x = { "dangerouslySetInnerHTML": 1 };`],
  ],
  fine: [["views/html.ts", `const x = { dangerouslySetInnerHTML: 1 };`]],
});

ruleTest("markup-in-views", {
  refused: [
    ["routes/posts.ts", "html`<p>${x}</p>`;"],
    ["routes/posts.ts", `import { h } from "preact";\nh();`],
  ],
  fine: [["views/posts.ts", "html`<p>${x}</p>`;"]],
});

ruleTest("status-in-routes", {
  refused: [
    ["mesh/publish.ts", `f({ status: 404 });`],
    ["views/posts.ts", `new Response("x");`],
    ["host/listen.ts", `Response.json({});`],
  ],
  fine: [
    ["routes/posts.ts", `new Response("x", { status: 404 });`],
    ["mesh/fetch.ts", `if (response.status === 404) x();`],
  ],
});

ruleTest("sync-transaction", {
  refused: [["storage/log.ts", `db.transaction(async () => { await x(); });`]],
  fine: [["storage/log.ts", `db.transaction(() => { x(); });`]],
});

ruleTest("tests-run", {
  refused: [
    ["tests/views/time_test.ts", `Deno.test.only("x", () => {});`],
    ["tests/views/time_test.ts", `Deno.test.ignore("x", () => {});`],
    ["tests/views/time_test.ts", `Deno.test({ name: "x", ignore: true, fn() {} });`],
  ],
  fine: [["tests/views/time_test.ts", `Deno.test({ name: "x", ignore: !isThere, fn() {} });`]],
});
