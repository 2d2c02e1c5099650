/** What must hold on every page, whatever it shows. Each check answers one line for each problem. @module */
import axe from "axe-core";
import { FileSystemConfigLoader, HtmlValidate } from "html-validate";
import type { Page } from "playwright-core";
import { type Watched, withTimers } from "../support/browser.ts";

/** How far the keyboard goes into a page. */
const STOPS = 14;

const validator = new HtmlValidate(
  new FileSystemConfigLoader({
    root: true,
    extends: ["html-validate:recommended"],
    rules: {
      // Preact writes `<br>` and `<img/>`; both are HTML.
      "void-style": "off",
      "long-title": "off",
      // A browser writes the tree it has made in its own style.
      "attribute-boolean-style": "off",
      "attribute-empty-style": "off",
      "no-trailing-whitespace": "off",
    },
  }),
);

/** The page as it came over the wire is valid HTML. */
export async function checkMarkup(html: string, url: string): Promise<string[]> {
  const report = await validator.validateString(html);
  return report.results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line, column }) => {
      const text = html.split("\n")[line - 1]?.slice(Math.max(0, column - 20), column + 60);
      return `${url}: not valid HTML: ${message} (${ruleId}): ${text}`;
    })
  );
}

/** axe-core finds nothing to say against the page as it is shown. */
export async function checkAccess(watched: Watched): Promise<string[]> {
  const problems = await withTimers(watched, async (page) => {
    await page.evaluate(axe.source);
    return await page.evaluate(async () => {
      const runner = (globalThis as unknown as { axe: typeof axe }).axe;
      const { violations } = await runner.run(document);
      return violations.map(({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html).join(" | ")}`
      );
    });
  });
  return problems.map((problem) => `${watched.page.url()}: not accessible: ${problem}`);
}

/** Nothing is wider than the window. */
export async function checkWidth(page: Page): Promise<string[]> {
  const { wide, width } = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth > width
      ? [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > width + 1)
        .slice(0, 3).map((element) => element.outerHTML.slice(0, 120))
      : [];
    return { wide, width };
  });
  return wide.map((element) => `${page.url()}: wider than ${width} px: ${element}`);
}

/** Going through the page by keyboard: every stop is seen, and stops come in the order of the markup. */
export async function checkFocus(page: Page): Promise<string[]> {
  const tabindex = await page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])")
    .count();
  if (tabindex > 0) return [`${page.url()}: an order of its own for the keyboard`];
  const problems: string[] = [];
  let before = -1;
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return undefined;
      const { width, height } = element.getBoundingClientRect();
      const { outlineStyle, boxShadow } = getComputedStyle(element);
      const isMarked = outlineStyle !== "none" || boxShadow !== "none";
      return {
        place: [...document.querySelectorAll("*")].indexOf(element),
        isSeen: width > 0 && height > 0 && isMarked,
        html: element.outerHTML.slice(0, 120),
      };
    });
    if (seen === undefined) break;
    // A field that has the focus from the start is in the middle; the window's end leads to its beginning.
    if (seen.place < before && stop > 1) break;
    before = seen.place;
    if (!seen.isSeen) problems.push(`${page.url()}: the keyboard stops unseen at ${seen.html}`);
  }
  return problems;
}

/** Printed, the words are dark on white and nothing is cut off. */
export async function checkPrint(page: Page): Promise<string[]> {
  await page.emulateMedia({ media: "print" });
  const { ink, paper } = await page.evaluate(() => ({
    ink: getComputedStyle(document.body).color,
    paper: getComputedStyle(document.body).backgroundColor,
  }));
  const problems = (await checkWidth(page)).map((problem) => `printed, ${problem}`);
  await page.emulateMedia({ media: "screen" });
  const brightness = (colour: string): number =>
    Math.max(...(colour.match(/[\d.]+/g) ?? ["0"]).slice(0, 3).map(Number));
  const isWhite = paper === "rgba(0, 0, 0, 0)" || brightness(paper) > 240;
  if (brightness(ink) >= 100 || !isWhite) {
    problems.push(`${page.url()}: prints in ${ink} on ${paper}`);
  }
  return problems;
}
