import { ok } from "node:assert/strict";
import type { Browser } from "playwright-core";
import {
  type Look,
  lookName,
  needBrowser,
  openBrowser,
  openPage,
  type Watched,
} from "../support/browser.ts";
import { makeFolder, serveCapsule } from "../support/process.ts";
import { checkAccess, checkFocus, checkMarkup, checkPrint, checkWidth } from "./page_checks.ts";
import { makeSampleCapsule, OWNER_PAGES, PASSWORD, PUBLIC_PAGES } from "./sample_capsule.ts";
import { signIn } from "./walk.ts";

const STATUS: Readonly<Record<string, number>> = {
  missing: 404,
  withdrawn: 410,
  "mirror-withdrawn": 410,
};

async function checkPage(
  watched: Watched,
  url: string,
  { status, isFirst, isPrinted }: { status: number; isFirst: boolean; isPrinted: boolean },
): Promise<string[]> {
  const { page } = watched;
  const response = await page.goto(url);
  const found = response?.status();
  return [
    ...(found === status ? [] : [`${url}: expected status ${status}, found ${found}`]),
    // The same bytes in every look.
    ...(isFirst ? await checkMarkup(await response?.text() ?? "", url) : []),
    ...await checkAccess(watched),
    ...await checkWidth(page),
    ...await checkFocus(page),
    ...(isPrinted ? await checkPrint(page) : []),
  ];
}

async function checkPages(
  browser: Browser,
  origin: string,
  look: Look,
  pages: Readonly<Record<string, string>>,
  isFirst: boolean,
): Promise<void> {
  const watched = await openPage(browser, origin, look);
  const { page, problems, context } = watched;
  try {
    const isOwner = Object.values(pages).some((path) => path.startsWith("/studio"));
    if (isOwner) await signIn(page, origin, PASSWORD);
    for (const [name, path] of Object.entries(pages)) {
      const status = STATUS[name] ?? 200;
      problems.push(
        ...await checkPage(watched, origin + path, { status, isFirst, isPrinted: !isOwner }),
      );
    }
    ok(problems.length === 0, `\n${problems.join("\n")}`);
  } finally {
    await context.close();
  }
}

Deno.test({
  name:
    "every kind of page is valid, accessible, as wide as the window, in order, and asks nobody else",
  ignore: !needBrowser(),
  // The browser's driver keeps timers and a socket of its own until it is unloaded.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    using folder = makeFolder();
    const browser = await openBrowser();
    try {
      const pieces = await makeSampleCapsule(browser, folder.path);
      await using capsule = await serveCapsule([], { cwd: folder.path });
      const isEvery = Deno.env.get("CAPSULE_TEST_EVERY") === "1";
      for (const device of ["phone", "desk"] as const) {
        for (const scheme of ["light", "dark"] as const) {
          // In a hurry: small and light, large and dark.
          if (!isEvery && (device === "phone") !== (scheme === "light")) continue;
          const isFirst = device === "phone" && scheme === "light";
          const look = { device, scheme, hasScripts: true };
          await test.step(`readers, ${lookName(look)}`, () =>
            checkPages(browser, capsule.url, look, { ...PUBLIC_PAGES, ...pieces }, isFirst));
          await test.step(`owner, ${lookName(look)}`, () =>
            checkPages(browser, capsule.url, look, OWNER_PAGES, isFirst));
        }
      }
    } finally {
      await browser.close();
    }
  },
});
