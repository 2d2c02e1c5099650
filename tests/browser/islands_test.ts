/** The islands of the studio: what they add for people whose browser runs scripts. */
import { equal, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { createHandler } from "../../routes/page_cache.ts";
import { listDrafts, updateDraft } from "../../storage/drafts.ts";
import { listPieces } from "../../storage/pieces.ts";
import { deleteSessions } from "../../storage/sessions.ts";
import { hashPassword, savePassword } from "../../storage/passwords.ts";
import { needBrowser, openBrowser, openPage } from "../support/browser.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";

const PASSWORD = "four words in mind";

async function withStudio(
  work: (page: Page, studio: TestCapsule, origin: string) => Promise<void>,
): Promise<void> {
  using studio = openTestCapsule();
  savePassword(studio.db, await hashPassword(PASSWORD));
  let handle: (request: Request) => Response | Promise<Response> = () => new Response();
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => handle(request),
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const { db, now } = studio;
  handle = createHandler({
    db,
    now,
    log: () => {},
    isDev: true,
    origin: () => origin,
    startId: "1",
  });
  const browser = await openBrowser();
  try {
    const look = { device: "desk", scheme: "light", hasScripts: true } as const;
    const { page } = await openPage(browser, origin, look);
    await page.goto(`${origin}/sign-in`);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await work(page, studio, origin);
  } finally {
    await browser.close();
  }
}

/** Drops a picture of 3,000 by 2,000 pixels on a text, as people do with files. */
async function dropPicture(page: Page, selector: string): Promise<void> {
  await page.evaluate(async (selector) => {
    const canvas = document.createElement("canvas");
    canvas.width = 3_000;
    canvas.height = 2_000;
    canvas.getContext("2d")?.fillRect(0, 0, 1_500, 2_000);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    const data = new DataTransfer();
    data.items.add(new File([blob ?? ""], "river.png", { type: "image/png" }));
    const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
    document.querySelector(selector)?.dispatchEvent(drop);
  }, selector);
}

Deno.test({
  name: "characters are counted as people count, and Ctrl+Enter publishes",
  ignore: !needBrowser(),
  fn: () =>
    withStudio(async (page, { db, log }) => {
      await page.getByLabel("What is new?").fill("👩‍👩‍👧‍👦".repeat(499));
      await page.getByText("1 character left.").waitFor();
      await page.getByLabel("What is new?").fill("x".repeat(503));
      await page.getByText("3 characters too many.").waitFor();
      await page.getByLabel("What is new?").fill("By keys alone");
      await page.keyboard.press("Control+Enter");
      await page.waitForURL(/\/p\/\d+$/);
      equal(listPieces(db, { log, limit: 5 })[0]?.text, "By keys alone");
    }),
});

Deno.test({
  name: "a picture dropped on a post is made smaller, described and published",
  ignore: !needBrowser(),
  fn: () =>
    withStudio(async (page, { db, log }) => {
      await page.getByLabel("What is new?").fill("Look");
      await dropPicture(page, "#field-text");
      await page.getByLabel("What does picture 1 show?").fill("Half black, half clear");
      await page.getByRole("button", { name: "Publish", exact: true }).click();
      await page.waitForURL(/\/p\/\d+$/);
      const [picture] = listPieces(db, { log, limit: 5 })[0]?.pictures ?? [];
      equal(picture?.width, 2_048);
      equal(picture?.description, "Half black, half clear");
    }),
});

Deno.test({
  name: "an article saves itself, shows itself, and keeps both texts of two devices",
  ignore: !needBrowser(),
  fn: () =>
    withStudio(async (page, { db, now }, origin) => {
      await page.goto(`${origin}/studio/articles/new`);
      await page.getByLabel("Title").fill("Rivers");
      await page.getByLabel("Text", { exact: true }).fill("## Here\n\nFrom the desk");
      await page.locator("[data-preview]").getByRole("heading", { name: "Here" }).waitFor();
      await page.getByText(/^Saved at/).waitFor();
      const [draft] = listDrafts(db, { limit: 5 });
      ok(draft);
      match(page.url(), new RegExp(`/studio/drafts/${draft.id}$`));
      updateDraft(db, draft.id, { fields: { title: "From the phone" }, nowMs: now() });
      await page.getByLabel("Title").fill("Rivers and dams");
      await page.getByText("Another device saved this draft too.").waitFor();
      const titles = listDrafts(db, { limit: 5 }).map(({ fields }) => fields["title"]);
      equal(titles.toSorted().join(), "From the phone,Rivers and dams");
      await dropPicture(page, "#field-markdown");
      await page.waitForFunction(() =>
        /!\[\]\(blob:/.test(
          document.querySelector<HTMLTextAreaElement>("#field-markdown")?.value ?? "",
        )
      );
    }),
});

Deno.test({
  name: "a signed-out editor says so and keeps its text; leaving unsent words is asked about",
  ignore: !needBrowser(),
  fn: () =>
    withStudio(async (page, { db }, origin) => {
      await page.goto(`${origin}/studio/articles/new`);
      deleteSessions(db);
      await page.getByLabel("Title").fill("Not lost");
      await page.getByText("You were signed out.").waitFor();
      equal(await page.getByLabel("Title").inputValue(), "Not lost");
      const asked = page.waitForEvent("dialog");
      await Promise.all([
        page.close({ runBeforeUnload: true }),
        asked.then(async (dialog) => {
          equal(dialog.type(), "beforeunload");
          await dialog.accept();
        }),
      ]);
    }),
});
