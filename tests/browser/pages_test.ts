import { deepEqual, equal } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { type Look, lookName, needBrowser, openBrowser, openPage } from "../support/browser.ts";
import { makeFolder, serveCapsule } from "../support/process.ts";
import { checkAccess, checkFocus, checkMarkup, checkPrint, checkWidth } from "./page_checks.ts";
import { makeSampleCapsule, OWNER_PAGES, PASSWORD, PUBLIC_PAGES } from "./sample_capsule.ts";

const STATUS: Readonly<Record<string, number>> = { missing: 404, withdrawn: 410 };

async function checkPage(
  page: Page,
  [name, path]: [string, string],
  { origin, isPrinted }: { origin: string; isPrinted: boolean },
): Promise<void> {
  const response = await page.goto(origin + path);
  equal(response?.status(), STATUS[name] ?? 200, `status of ${path}`);
  await checkMarkup(await response?.text() ?? "", path);
  await checkAccess(page);
  await checkWidth(page);
  await checkFocus(page);
  if (isPrinted) await checkPrint(page);
}

async function checkPages(
  browser: Browser,
  origin: string,
  look: Look,
  pages: Readonly<Record<string, string>>,
): Promise<void> {
  const { page, problems, context } = await openPage(browser, origin, look);
  try {
    const isOwner = Object.values(pages).some((path) => path.startsWith("/studio"));
    if (isOwner) {
      await page.goto(`${origin}/sign-in`);
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(/\/studio/);
    }
    for (const one of Object.entries(pages)) {
      await checkPage(page, one, { origin, isPrinted: !isOwner });
    }
    deepEqual(problems, []);
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
          const look = { device, scheme, hasScripts: device === "desk" };
          await test.step(`readers, ${lookName(look)}`, () =>
            checkPages(browser, capsule.url, look, { ...PUBLIC_PAGES, ...pieces }));
          await test.step(`owner, ${lookName(look)}`, () =>
            checkPages(browser, capsule.url, look, OWNER_PAGES));
        }
      }
    } finally {
      await browser.close();
    }
  },
});
