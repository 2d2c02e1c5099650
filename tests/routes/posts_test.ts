import assert from "node:assert/strict";
import { publishRevision, publishWithdrawal } from "../../mesh/publish.ts";
import { checkReadersPage } from "../support/html.ts";
import { openTestSite } from "../support/site.ts";

Deno.test("a post has a page with its words, its date, its author and its neighbours", async () => {
  using site = openTestSite();
  site.post({ text: "Before" });
  const { index } = site.post({ text: "The engine runs. <b>Not bold</b> & #fast", tags: ["fast"] });
  site.post({ text: "After" });
  const answer = await site.get(`/p/${index}`);
  const page = await answer.text();
  assert.equal(answer.status, 200);
  await checkReadersPage(page);
  assert.match(page, /The engine runs\. &lt;b&gt;Not bold/);
  assert.match(page, /2 January 2026/);
  assert.match(page, /rel="author"/);
  assert.match(page, /class="older"[^]*Before/);
  assert.match(page, /class="newer"[^]*After/);
  assert.match(page, /article:published_time" content="2026-01-02T/);
});

Deno.test("a post that names another capsule has its own address only", async () => {
  using site = openTestSite();
  const { index } = site.post({ text: "Read @capsule.example.org" });
  const page = await site.text(`/p/${index}`);
  assert.match(page, /class="h-card mention" href="https:\/\/capsule\.example\.org\/"/);
  const addresses = [...page.matchAll(/<a class="([^"]*u-url[^"]*)"/g)].map((match) => match[1]);
  assert.deepEqual(addresses, ["u-url u-uid", "p-name u-url"]);
});

Deno.test("a post has one address, and nothing that only resembles it", async () => {
  using site = openTestSite();
  const { index } = site.post({ text: "Here" });
  assert.equal((await site.get(`/p/${index}`)).status, 200);
  for (const typed of [`x${index}`, `-${index}`, `${index}x`, `0${index}`, `${index}e1`, "1e99"]) {
    assert.equal((await site.get(`/p/${typed}`)).status, 404, typed);
    assert.equal((await site.get(`/p/${typed}/history`)).status, 404, typed);
  }
});

Deno.test("a post says its language, and its direction is found from its words", async () => {
  using site = openTestSite();
  const { index } = site.post({ text: "שלום לכולם", language: "he" });
  const page = await site.text(`/p/${index}`);
  await checkReadersPage(page);
  assert.match(page, /class="post" lang="he"/);
  assert.match(page, /e-content[^>]*dir="auto"/);
});

Deno.test("a corrected post says so and shows what changed and why", async () => {
  using site = openTestSite();
  const { index } = site.post({ text: "It has 92 wheels" });
  site.wait(60_000);
  publishRevision(site, index, { text: "It has 72 wheels", note: "Misread" });
  const page = await site.text(`/p/${index}`);
  await checkReadersPage(page);
  assert.match(page, new RegExp(`href="/p/${index}/history">Corrected`));
  assert.match(page, /It has 72 wheels/);
  const history = await site.text(`/p/${index}/history`);
  await checkReadersPage(history);
  assert.match(history, /<del>92<\/del><ins>72<\/ins>/);
  assert.match(history, /Misread/);
});

Deno.test("a withdrawn post is gone, and says so", async () => {
  using site = openTestSite();
  const { index } = site.post({ text: "Words to forget" });
  publishWithdrawal(site, index);
  for (const path of [`/p/${index}`, `/p/${index}/history`]) {
    const answer = await site.get(path);
    const page = await answer.text();
    assert.equal(answer.status, 410);
    await checkReadersPage(page);
    assert.match(page, /Ada withdrew this post/);
    assert.doesNotMatch(page, /forget/);
  }
});

Deno.test("what is no post is not found", async () => {
  using site = openTestSite();
  const article = site.article({});
  for (
    const part of ["99", "0", "01", "-1", "x", "1.5", "999999999999999999", `${article.index}`]
  ) {
    assert.equal((await site.get(`/p/${part}`)).status, 404, part);
  }
});

Deno.test("only the owner is offered to edit and to withdraw, and that page is not stored", async () => {
  using site = openTestSite();
  const { index } = site.post({});
  const visitor = await site.get(`/p/${index}`);
  assert.doesNotMatch(await visitor.text(), /\/studio\//);
  const owner = await site.get(`/p/${index}`, site.signIn());
  assert.equal(owner.headers.get("Cache-Control"), "no-store");
  const page = await owner.text();
  await checkReadersPage(page);
  assert.match(page, new RegExp(`/studio/revise/${index}`));
  assert.match(page, new RegExp(`/studio/withdraw/${index}`));
});
