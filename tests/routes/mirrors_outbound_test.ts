import assert from "node:assert/strict";
import { sniffPicture } from "../../content/pictures.ts";
import { publishArticle, publishPost } from "../../mesh/publish.ts";
import { createHandler } from "../../routes/page_cache.ts";
import { updateMirror } from "../../storage/mirrors.ts";
import { copyAuthor, followAuthor, openTestAuthor } from "../support/mirror.ts";
import { MIRROR_PATHS } from "../support/mirror_site.ts";
import { openTestSite, ORIGIN } from "../support/site.ts";

Deno.test("P10: reading every page of a mirror, whatever its state, asks its origin nothing", async () => {
  using origin = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connections = 0;
  const counting = (async () => {
    for await (const connection of origin) {
      connections += 1;
      connection.close();
    }
  })();
  let questions = 0;
  {
    using site = openTestSite();
    using bob = openTestAuthor({ name: "Bob", address: "https://bob.example", seed: 7 });
    publishPost(bob, { text: "Bob says #hello", tags: ["hello"] });
    publishArticle(bob, { title: "On bridges", slug: "on-bridges", markdown: "Words." });
    const address = `http://127.0.0.1:${origin.addr.port}`;
    const log = followAuthor(site.db, bob, { nowMs: site.now(), address });
    copyAuthor(site.db, bob, { log, nowMs: site.now() });
    // Rows that no entry says.
    site.expectDamage();
    const { db, now } = site;
    const both = { db, now, log: () => {}, isDev: true, startId: "start" };
    const ask = () => {
      questions += 1;
      return Promise.reject(new Error("nothing is asked here"));
    };
    const cleanHtml = (html: string) => Promise.resolve({ html, text: html });
    const outside = { ask, sniff: sniffPicture, cleanHtml, random: () => 0.5 };
    const mesh = { ...both, ...outside, ownOrigin: () => ORIGIN };
    const handle = createHandler({ ...both, origin: () => ORIGIN, mesh });
    const feeds = ["/feed.json", "/feed.atom", "/posts/feed.rss", "/tags/hello/feed.json"];
    const wrong = ["/p/99", "/a/none", "/nothing"];
    const bases = [`/~${bob.id}`, `/~127.0.0.1:${origin.addr.port}`, "/~nobody.example", ""];
    for (const state of ["current", "unreachable", "refused", "closed"] as const) {
      updateMirror(site.db, log, { state });
      for (const headers of [{}, site.signIn()]) {
        for (const base of bases) {
          for (const path of [...MIRROR_PATHS, ...feeds, ...wrong]) {
            const answer = await handle(new Request(`${ORIGIN}${base}${path}`, { headers }));
            assert.ok(answer.status < 500, `${base}${path}: ${answer.status}`);
            await answer.body?.cancel();
          }
        }
      }
    }
    // Whoever had begun to ask would have come by now.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  origin.close();
  await counting;
  assert.deepEqual({ connections, questions }, { connections: 0, questions: 0 });
});
