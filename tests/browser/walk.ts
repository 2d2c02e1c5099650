/** The owner's way through a capsule in a browser: set up, post, write, revise, withdraw. @module */
import { equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";

export const PASSWORD = "correct horse battery staple";
export const NAME = "Ann Greenwald";

/** Presses a button and waits for the page that comes of it. */
async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("button", { name, exact: typeof name === "string" }).first().click();
  await page.waitForLoadState("load");
}

/** Through the wizard, from the printed link to the studio; answers the recovery phrase. */
export async function setUp(
  page: Page,
  link: string,
  look: (page: Page) => Promise<void>,
): Promise<string[]> {
  await page.goto(link);
  await look(page);
  await page.getByLabel("Name", { exact: true }).fill(NAME);
  await page.getByLabel("A line about you").fill(
    "Notes on rivers, maps and the people between them",
  );
  await press(page, "Continue");
  await look(page);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The same once more").fill(PASSWORD);
  await press(page, "Continue");
  await look(page);
  const words = await page.locator(".phrase-words li").allInnerTexts();
  equal(words.length, 12, "the phrase has twelve words");
  await press(page, "I have written them down");
  await look(page);
  for (const label of await page.locator("label").allInnerTexts()) {
    const number = Number(/Word number (\d+)/.exec(label)?.[1]);
    if (number > 0) {
      await page.getByLabel(`Word number ${number}`, { exact: true }).fill(words[number - 1] ?? "");
    }
  }
  await press(page, "Make my capsule");
  match(new URL(page.url()).pathname, /^\/studio/);
  await look(page);
  return words;
}

/** Signs in where the browser is new. */
export async function signIn(page: Page, origin: string, password: string): Promise<void> {
  await page.goto(`${origin}/sign-in`);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await press(page, "Sign in");
  match(new URL(page.url()).pathname, /^\/studio/);
}

type Picture = Readonly<
  { name: string; mimeType: string; buffer: Uint8Array; description: string }
>;

/** Publishes a post with a picture; answers its path. */
export async function writePost(
  page: Page,
  origin: string,
  { text, picture, hasScripts }: { text: string; picture: Picture; hasScripts: boolean },
): Promise<string> {
  await page.goto(`${origin}/studio`);
  await page.getByLabel("What is new?").fill(text);
  const { name, mimeType, buffer } = picture;
  await page.getByLabel("Pictures", { exact: true }).setInputFiles([
    { name, mimeType, buffer: Buffer.from(buffer) },
  ]);
  if (!hasScripts) await press(page, "Add these pictures");
  await page.getByLabel("What does picture 1 show?").fill(picture.description);
  equal(await page.getByLabel("What is new?").inputValue(), text, "what was typed is still there");
  await press(page, "Publish");
  await page.goto(`${origin}/posts`);
  const link = page.locator(".h-entry .u-url").first();
  return new URL(await link.getAttribute("href") ?? "", origin).pathname;
}

/** Publishes an article after a look at its preview; answers its path. */
export async function writeArticle(
  page: Page,
  origin: string,
  { title, summary, markdown }: { title: string; summary: string; markdown: string },
): Promise<string> {
  await page.goto(`${origin}/studio/articles/new`);
  await page.getByLabel("Title", { exact: true }).fill(title);
  await page.getByLabel("Summary", { exact: true }).fill(summary);
  await page.getByLabel("Text", { exact: true }).fill(markdown);
  await press(page, "Preview");
  await page.locator("[data-preview] h2").first().waitFor();
  await press(page, "Publish");
  await page.goto(`${origin}/articles`);
  const link = page.locator(".h-entry .u-url").first();
  return new URL(await link.getAttribute("href") ?? "", origin).pathname;
}

/** Changes the text of an article, and finds the change in its history. */
export async function revise(
  page: Page,
  origin: string,
  path: string,
  { markdown, note }: { markdown: string; note: string },
): Promise<void> {
  await page.goto(origin + path);
  await page.getByRole("link", { name: /^Edit/ }).first().click();
  await page.getByLabel("Text", { exact: true }).fill(markdown);
  await page.getByLabel("What changed").fill(note);
  await press(page, "Publish the change");
  await page.goto(`${origin}${path}/history`);
  ok((await page.locator("main").innerText()).includes(note), "the history shows the note");
}

/** Withdraws a piece, and finds that its page says so. */
export async function withdraw(page: Page, origin: string, path: string): Promise<void> {
  await page.goto(origin + path);
  await page.getByRole("link", { name: /^Withdraw/ }).first().click();
  await press(page, "Withdraw it");
  const answer = await page.goto(origin + path);
  equal(answer?.status(), 410, "a withdrawn piece answers 410");
  match(await page.locator("main").innerText(), /withdrawn/i);
}
