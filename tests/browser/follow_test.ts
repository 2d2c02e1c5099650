import { equal, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { needBrowser, openBrowser, openPage } from "../support/browser.ts";
import { makeNeighbour, waitUntil } from "../support/mesh_rig.ts";
import { checkAccess, checkFocus, checkMarkup, checkWidth } from "./page_checks.ts";
import { signIn } from "./walk.ts";

const PASSWORD = "correct horse battery";
const LOOK = { device: "phone", scheme: "light", hasScripts: false } as const;

async function readMain(page: Page, url: string): Promise<string> {
  await page.goto(url);
  return (await page.locator("main").innerText()).replaceAll(/\s+/g, " ");
}

Deno.test({
  name: "somebody is followed, read, paused and unfollowed in a browser without scripts",
  ignore: !needBrowser(),
  // The browser's driver keeps timers and a socket of its own until it is unloaded.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using ada = makeNeighbour("Ada");
    await using ben = makeNeighbour("Ben");
    await Promise.all([ada.init(), ben.init()]);
    await ben.run(["post", "The first post of Ben"]);
    await Promise.all([ada.start(), ben.start()]);
    const browser = await openBrowser();
    try {
      const watched = await openPage(browser, ada.address, LOOK);
      const { page, problems } = watched;
      const look = async () => {
        problems.push(
          ...await checkMarkup(await page.content(), page.url()),
          ...await checkAccess(watched),
          ...await checkWidth(page),
          ...await checkFocus(page),
        );
      };
      await signIn(page, ada.address, PASSWORD);
      match(await readMain(page, `${ada.address}/studio/timeline`), /Begin with one/);
      await page.getByRole("link", { name: "Follow somebody" }).click();
      await page.getByLabel("Whom?").fill("127.0.0.1:1");
      await page.getByRole("button", { name: "Follow", exact: true }).click();
      equal(await page.getByLabel("Whom?").inputValue(), "127.0.0.1:1", "what was typed is there");
      await look();
      await page.getByLabel("Whom?").fill(ben.address);
      await page.getByRole("button", { name: "Follow", exact: true }).click();
      match(await page.locator("main").innerText(), /You follow them now/);
      await waitUntil(
        "the copy",
        async () =>
          /The first post of Ben/.test(await readMain(page, `${ada.address}/studio/timeline`)),
      );
      await look();
      await ben.run(["post", "And another one"]);
      await waitUntil(
        "the new post",
        async () => /another one/.test(await readMain(page, `${ada.address}/studio/timeline`)),
      );
      await page.getByRole("link", { name: /Ben/ }).first().click();
      match(new URL(page.url()).pathname, /^\/~cap1/);
      match(await readMain(page, `${ada.address}/studio/mesh`), /1 capsule .*Ben/);
      await page.getByRole("link", { name: "Ben", exact: true }).click();
      await page.getByRole("button", { name: "Pause" }).click();
      match(await page.locator("main").innerText(), /You paused it/);
      await look();
      await page.getByRole("button", { name: "Resume" }).click();
      await page.getByRole("link", { name: "Unfollow Ben" }).click();
      await page.getByRole("button", { name: "Unfollow" }).click();
      match(await page.locator("main").innerText(), /You do not follow them any more/);
      await waitUntil(
        "the empty list",
        async () =>
          /You follow nobody yet/.test(await readMain(page, `${ada.address}/studio/mesh`)),
      );
      await look();
      ok(problems.length === 0, `\n${problems.join("\n")}`);
    } finally {
      await browser.close();
    }
  },
});
