/** `deno task shots [NAME…]`: screenshots of every kind of page, three widths, light and dark, into ./shots; `readme` makes the pictures there anew. @module */
import type { Page } from "playwright-core";
import { type Look, openBrowser, openPage } from "../support/browser.ts";
import { makeFolder, runCapsule, serveCapsule } from "../support/process.ts";
import { makeSampleCapsule, OWNER_PAGES, PASSWORD, PUBLIC_PAGES } from "./sample_capsule.ts";
import { signIn } from "./walk.ts";

const FOLDER = decodeURIComponent(new URL("../../shots", import.meta.url).pathname);
const README_PICTURES = decodeURIComponent(
  new URL("../../docs/pictures", import.meta.url).pathname,
);
const README_LOOK: Look = { device: "desk", scheme: "light", hasScripts: true };
const HEIGHT_MAX = 4_000;
const LOOKS: readonly Look[] = (["phone", "tablet", "desk"] as const).flatMap((device) =>
  (["light", "dark"] as const).map((scheme) => ({ device, scheme, hasScripts: true }))
);

async function shoot(page: Page, url: string, file: string): Promise<void> {
  await page.goto(url);
  // Pictures further down are fetched when they are near: as a reader who scrolls would have them.
  await page.evaluate(async () => {
    for (const image of document.images) image.loading = "eager";
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  });
  const { width, height } = await page.evaluate(() => ({
    width: innerWidth,
    height: document.documentElement.scrollHeight,
  }));
  const clip = { x: 0, y: 0, width, height: Math.min(height, HEIGHT_MAX) };
  await page.screenshot({ path: file, fullPage: true, clip });
}

/** The pictures of README: what a reader sees first on a desk, and a copy of somebody followed. */
async function shootForReadme(): Promise<void> {
  const { page, context } = await openPage(browser, capsule.url, README_LOOK);
  const shown = [["home", "/", 1_160], ["copy", pieces["mirror-home"] ?? "", 700]] as const;
  for (const [name, path, height] of shown) {
    await page.setViewportSize({ width: 1440, height });
    await page.goto(capsule.url + path);
    await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
    await page.screenshot({ path: `${README_PICTURES}/${name}.png` });
  }
  await context.close();
}

/** All of them, when none is named. */
const isWanted = (name: string): boolean => Deno.args.length === 0 || Deno.args.includes(name);
Deno.mkdirSync(FOLDER, { recursive: true });
using folder = makeFolder();
const browser = await openBrowser();
const pieces = await makeSampleCapsule(browser, folder.path);
const corpus = Deno.env.get("CAPSULE_CORPUS");
if (corpus) {
  const { code, stderr } = await runCapsule(["import", `${corpus}/rust-blog`], {
    cwd: folder.path,
  });
  if (code !== 0) console.error(stderr);
}
await using capsule = await serveCapsule([], { cwd: folder.path });
await using fresh = await serveCapsule([], { cwd: Deno.makeTempDirSync({ dir: folder.path }) });
const [setup = ""] = await fresh.waitFor(/http\S+\/setup\?code=\S+/);
const all: Record<string, string> = {};
for (const [name, path] of Object.entries({ ...PUBLIC_PAGES, ...pieces, ...OWNER_PAGES })) {
  all[name] = capsule.url + path;
}
for (const name of ["revise", "withdraw"]) {
  all[name] = `${capsule.url}/studio/${name}/${(pieces["post-500"] ?? "").replace("/p/", "")}`;
}
all["setup"] = setup;
for (const look of LOOKS) {
  const readers = await openPage(browser, capsule.url, look);
  const owner = await openPage(browser, capsule.url, look);
  const needsOwner = Object.keys(all).some((name) =>
    isWanted(name) && all[name]?.includes("/studio")
  );
  if (needsOwner) await signIn(owner.page, capsule.url, PASSWORD);
  for (const [name, url] of Object.entries(all)) {
    if (!isWanted(name)) continue;
    const { page } = url.includes("/studio") ? owner : readers;
    await shoot(page, url, `${FOLDER}/${name}-${look.device}-${look.scheme}.png`);
  }
  await Promise.all([readers.context.close(), owner.context.close()]);
}
if (Deno.args.includes("readme")) await shootForReadme();
await browser.close();
console.log(`screenshots are in ${FOLDER}`);
