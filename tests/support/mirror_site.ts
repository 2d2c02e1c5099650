/** A capsule that mirrors another one, with the web application. @module */
import {
  publishArticle,
  publishPost,
  publishProfile,
  publishRevision,
  publishWithdrawal,
} from "../../mesh/publish.ts";
import { copyAuthor, followAuthor, openTestAuthor, type TestAuthor } from "./mirror.ts";
import { openTestSite, type TestSite } from "./site.ts";

/** Ada's capsule and Bob's, and where his pages are at hers. */
export type MirrorSite =
  & Disposable
  & Readonly<{ site: TestSite; bob: TestAuthor; log: number; base: string }>;

/** Ada's capsule with a whole copy of what Bob published at bob.example. */
export function openMirrorSite({ isQuiet = false }: { isQuiet?: boolean } = {}): MirrorSite {
  const site = openTestSite();
  const bob = openTestAuthor({ name: "Bob", address: "https://bob.example", seed: 7 });
  site.post({ text: "Ada’s own words" });
  publishPost(bob, { text: "Bob says #hello, see https://far.example/x", tags: ["hello"] });
  bob.wait();
  publishPost(bob, { text: "With a picture", pictures: [] });
  bob.wait();
  publishArticle(bob, {
    title: "On bridges",
    slug: "on-bridges",
    markdown:
      "See [mine](/a/other), [near](other), [far](https://far.example/y) and [up](../../p/1).",
    tags: ["hello"],
    aliases: ["/2015/05/bridges.html"],
  });
  bob.wait();
  publishRevision(bob, 1, { text: "Bob says #hello again", tags: ["hello"], note: "better" });
  bob.wait();
  publishArticle(bob, { title: "Imprint", slug: "imprint", markdown: "Bob.", isPage: true });
  const { index } = publishPost(bob, { text: "Bob regrets this" });
  publishWithdrawal(bob, index);
  publishProfile(bob, {
    links: [{ label: "Elsewhere", url: "https://social.example/@bob" }],
    about: "I am [here](/p/1).",
  });
  const log = followAuthor(site.db, bob, { nowMs: site.now(), isQuiet });
  copyAuthor(site.db, bob, { log, nowMs: site.now() });
  return {
    site,
    bob,
    log,
    base: `/~${bob.id}`,
    [Symbol.dispose]: () => {
      bob[Symbol.dispose]();
      site[Symbol.dispose]();
    },
  };
}

/** A page of every kind that Bob's mirror has, without its base. */
export const MIRROR_PATHS: readonly string[] = [
  "/",
  "/posts",
  "/articles",
  "/p/1",
  "/p/1/history",
  "/a/on-bridges",
  "/a/imprint",
  "/tags",
  "/tags/hello",
  "/archive",
  "/archive/2026",
  "/search",
  "/search?q=bridges",
  "/about",
  "/feeds",
];
