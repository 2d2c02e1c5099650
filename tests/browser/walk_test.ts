import { ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { type Look, lookName, needBrowser, openBrowser, openPage } from "../support/browser.ts";
import { makeFolder, serveCapsule } from "../support/process.ts";
import { checkAccess, checkFocus, checkMarkup, checkWidth } from "./page_checks.ts";
import { drawPictures } from "./sample_pictures.ts";
import { PASSWORD, revise, setUp, signIn, withdraw, writeArticle, writePost } from "./walk.ts";

/** Every way to look at it; a few of them stand for all where time is short. */
const LOOKS: readonly Look[] = (["phone", "desk"] as const).flatMap((device) =>
  (["light", "dark"] as const).flatMap((scheme) =>
    [true, false].map((hasScripts) => ({ device, scheme, hasScripts }))
  )
);
const isEvery = Deno.env.get("CAPSULE_TEST_EVERY") === "1";
const looks = isEvery
  ? LOOKS
  : LOOKS.filter(({ device, scheme, hasScripts }) =>
    (device === "phone" && scheme === "light" && !hasScripts) ||
    (device === "desk" && scheme === "dark" && hasScripts)
  );

const MARKDOWN = `
The first paragraph.

## A part of it

With a note.[^1]

[^1]: Below.
`;

async function walk(given: Look): Promise<void> {
  using folder = makeFolder();
  const browser = await openBrowser();
  await using capsule = await serveCapsule([], { cwd: folder.path });
  const [link = ""] = await capsule.waitFor(/http\S+\/setup\?code=\S+/);
  const origin = capsule.url;
  const watched = await openPage(browser, origin, given);
  const { page, problems, context } = watched;
  const look = async (page: Page): Promise<void> => {
    problems.push(
      ...await checkMarkup(await page.content(), page.url()),
      ...await checkAccess(watched),
      ...await checkWidth(page),
      ...await checkFocus(page),
    );
  };
  try {
    await setUp(page, link, look);
    await context.clearCookies();
    await signIn(page, origin, PASSWORD);
    const [picture] = await drawPictures(browser, 1);
    ok(picture);
    const post = await writePost(page, origin, {
      text: "Hello from the weir. #rivers",
      hasScripts: given.hasScripts,
      picture: {
        name: "weir.jpg",
        mimeType: "image/jpeg",
        buffer: picture.bytes,
        description: picture.description,
      },
    });
    await page.goto(origin + post);
    await look(page);
    const article = await writeArticle(page, origin, {
      title: "How a parish keeps its river",
      summary: "Once a year eleven people walk a line that is under water.",
      markdown: MARKDOWN,
    });
    await revise(page, origin, article, { markdown: `${MARKDOWN}\nAnd more.`, note: "More." });
    await look(page);
    await withdraw(page, origin, post);
    await look(page);
    ok(problems.length === 0, `\n${problems.join("\n")}`);
  } finally {
    await browser.close();
  }
}

for (const given of looks) {
  Deno.test({
    name: `set up, post, write, revise and withdraw in a browser (${lookName(given)})`,
    ignore: !needBrowser(),
    // The browser's driver keeps timers and a socket of its own until it is unloaded.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => walk(given),
  });
}
