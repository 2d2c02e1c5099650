import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { ArchiveLinks } from "../../host/import/archive_links.ts";
import { findDay, readDate } from "../../host/import/dates.ts";
import { readFrontMatter } from "../../host/import/front_matter.ts";
import { dropHeadingIds, takeTitle } from "../../host/import/headings.ts";
import { listTargets, rewriteTargets } from "../../host/import/links.ts";
import { listShortcodes } from "../../host/import/shortcodes.ts";
import { openSurvey } from "../../storage/surveys.ts";

const keep = () => undefined;

Deno.test("a text whose links stay comes back to the byte", () => {
  const part = fc.constantFrom(
    "[",
    "]",
    "(",
    ")",
    "!",
    "`",
    "```\n",
    "~~~\n",
    "\n",
    "\n\n",
    "    ",
    "\\",
    "<",
    ">",
    "http://x.y/z",
    "[a]: b\n",
    "[^1]: c\n",
    "- ",
    "> ",
    "word",
    "|",
    "*",
    "é",
    "\t",
  );
  fc.assert(fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
    const text = parts.join("");
    equal(rewriteTargets(text, keep, keep), text);
  }));
});

Deno.test("the target of a picture that stays, written at another place, stays too", () => {
  const text = "![a] and ![b]\n\n[a]: one.png\n[b]: two.png\n";
  equal(rewriteTargets(text, keep, keep), text);
  const link = () => "elsewhere";
  equal(rewriteTargets(text, link, keep), text);
  const picture = (target: string) => target === "two.png" ? { picture: "2.png" } : undefined;
  equal(rewriteTargets(text, link, picture), "![a] and ![b](2.png)\n\n[a]: one.png\n");
});

Deno.test("targets are found outside code, by all ways of writing a link", () => {
  const text = [
    "[a](one.md) ![b](two.png 'title') [c][ref] <https://x.example/three> https://x.example/four.",
    "`[no](code)` \\[no](escape) [![d](five.png)](six.md) [e](<se ven.md>) [f](eight_(8).md)",
    "",
    "    [no](indented)",
    "",
    "- item",
    "",
    "    [g](nine.md)",
    "",
    "> ```",
    "> [no](fence)",
    "> ```",
    "",
    "[ref]: ten.md",
  ].join("\n");
  deepEqual(listTargets(text), [
    "one.md",
    "two.png",
    "https://x.example/three",
    "https://x.example/four",
    "five.png",
    "six.md",
    "se ven.md",
    "eight_(8).md",
    "nine.md",
    "ten.md",
  ]);
});

Deno.test("a picture that became a link is words where it stands in a link", () => {
  const gone = () => ({ link: "https://x.example/p.png" });
  equal(rewriteTargets("[![d](p.png)](a.md)", () => "/a/a", gone), "[d](/a/a)");
  equal(rewriteTargets("![d](p.png)", keep, gone), "[d](https://x.example/p.png)");
  equal(rewriteTargets("[x](a.md) y", () => "", keep), "x y");
});

Deno.test("a long text of brackets is read in time", () => {
  const started = performance.now();
  rewriteTargets("[![](".repeat(50_000), keep, keep);
  rewriteTargets(`${"[a]: b\n[c".repeat(20_000)}`, keep, keep);
  rewriteTargets(`${"> ".repeat(50_000)}\`\`\`x\``, keep, keep);
  rewriteTargets("[a](".repeat(50_000), keep, keep);
  takeTitle(`# ${" #".repeat(50_000)} x`);
  takeTitle(`# ${" ".repeat(100_000)}x`);
  dropHeadingIds(`# ${" ".repeat(100_000)}{#`);
  listShortcodes(`{{ ${" ".repeat(100_000)}{{ ${"` `` ".repeat(20_000)}`);
  rewriteTargets("`".repeat(100_000) + "a" + "``".repeat(50_000), keep, keep);
  equal(performance.now() - started < 5_000, true);
});

Deno.test("dates are read with their zones; what is none is undefined", () => {
  const read = (value: unknown) => {
    const ms = readDate(value, "America/New_York");
    return ms === undefined ? undefined : new Date(ms).toISOString();
  };
  equal(read("2014-12-12"), "2014-12-12T17:00:00.000Z");
  equal(read("2014-12-12T10:00"), "2014-12-12T15:00:00.000Z");
  equal(read("2014-12-12 10:00:00 +0100"), "2014-12-12T09:00:00.000Z");
  equal(read("2014-12-12T10:00:00.5Z"), "2014-12-12T10:00:00.500Z");
  equal(read("Fri, 12 Dec 2014 10:00:00 GMT"), "2014-12-12T10:00:00.000Z");
  for (
    const bad of ["2014-02-31", "Dec 12", "12", "", 5, null, "9999-01-01", "2014-12-12T25:00Z"]
  ) {
    equal(read(bad), undefined, String(bad));
  }
  const toml = readFrontMatter("+++\na=2014-12-12\nb=2014-12-12T01:02:03-05:00\n+++\n").fields;
  deepEqual([read(toml["a"]), read(toml["b"])], [
    "2014-12-12T17:00:00.000Z",
    "2014-12-12T06:02:03.000Z",
  ]);
  equal(findDay("2014/12/12/1.0-Timeline"), "2014-12-12");
  equal(findDay("posts/2014-12-12-name.md"), "2014-12-12");
  equal(findDay("posts/2014-13-12-name.md"), undefined);
});

Deno.test("a rule at the top is no front matter, fields without an end are a problem", () => {
  equal(readFrontMatter("---\n\nText").body, "---\n\nText");
  equal(readFrontMatter("---\na: 1\n---\nText").body, "Text");
  equal(readFrontMatter("+++\r\na = 1\r\n+++\r\nText").fields["a"], 1);
  equal(typeof readFrontMatter("+++\na = 1\nText").problem, "string");
});

Deno.test("titles, heading ids and shortcodes are found where they are meant", () => {
  deepEqual(takeTitle("# A *title* #\n\nText"), { title: "A title", rest: "Text" });
  deepEqual(takeTitle("Title\n=====\nText"), { title: "Title", rest: "Text" });
  equal(takeTitle("Text\n\n# Later").title, "");
  equal(
    dropHeadingIds("## New words {#old}\n\n[x](#old)\n\n```\n# {#code}\n```"),
    "## New words\n\n[x](#new-words)\n\n```\n# {#code}\n```",
  );
  deepEqual(listShortcodes("{{ a(x=1) }} {% b() %} {{< c >}} `{{ no }}` ${{ x }}"), [
    "a",
    "b",
    "c",
    "x",
  ]);
});

Deno.test("links of an archive lead to its articles however they were written", () => {
  using survey = openSurvey();
  const links = new ArchiveLinks(survey, "https://old.example/blog/");
  links.add("posts/one.md", ["/2020/one"], "/a/one");
  links.add("two/index.md", ["/two.html"], "/a/two");
  const cases = {
    "two/index.md": undefined,
    "../two/index.md": "/a/two",
    "../two/": "/a/two",
    "@/two/index.md": "/a/two",
    "@/posts/one.md#part": "/a/one#part",
    "/2020/one/": "/a/one",
    "/2020/ONE.html": "/a/one",
    "https://old.example/blog/2020/one/#x": "/a/one#x",
    "http://www.old.example/blog/two": "/a/two",
    "https://other.example/2020/one": undefined,
    "https://old.example.evil.example/blog/two": undefined,
    "//old.example/blog/two": undefined,
    "../../../etc/passwd": undefined,
    "#part": undefined,
  };
  for (const [target, url] of Object.entries(cases)) {
    equal(links.resolve(target, "posts/one.md"), url, target);
  }
  equal(links.oldUrl("pic.svg", "posts/one.md"), "https://old.example/blog/2020/one/pic.svg");
  equal(links.oldUrl("/pic.svg", "posts/one.md"), "https://old.example/blog/pic.svg");
});
