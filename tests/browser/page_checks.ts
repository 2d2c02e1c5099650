/** What must hold on every page, whatever it shows. @module */
import axe from "axe-core";
import { FileSystemConfigLoader, HtmlValidate } from "html-validate";
import { equal, ok } from "node:assert/strict";
import type { Page } from "playwright-core";

const validator = new HtmlValidate(
  new FileSystemConfigLoader({
    root: true,
    extends: ["html-validate:recommended"],
    rules: {
      // Preact writes `<br>` and `<img/>`; both are HTML.
      "void-style": "off",
      "long-title": "off",
      "no-trailing-whitespace": "off",
    },
  }),
);

/** The page as it came over the wire is valid HTML. */
export async function checkMarkup(html: string, url: string): Promise<void> {
  const report = await validator.validateString(html);
  const problems = report.results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `line ${line}: ${message} (${ruleId})`)
  );
  equal(problems.join("\n"), "", `${url} is not valid HTML`);
}

/** axe-core finds nothing to say against the page as it is shown. */
export async function checkAccess(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const problems = await page.evaluate(async () => {
    const runner = (globalThis as unknown as { axe: typeof axe }).axe;
    const { violations } = await runner.run(document);
    return violations.map(({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html).join(" | ")}`
    );
  });
  equal(problems.join("\n"), "", `${page.url()} is not accessible`);
}

/** Nothing is wider than the window. */
export async function checkWidth(page: Page): Promise<void> {
  const { wide, width } = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth > width
      ? [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > width + 1)
        .slice(0, 3).map((element) => element.outerHTML.slice(0, 120))
      : [];
    return { wide, width };
  });
  equal(wide.join("\n"), "", `${page.url()} is wider than ${width} px`);
}

/** Going through the page by keyboard: every stop is seen, and stops come in the order of the markup. */
export async function checkFocus(page: Page): Promise<void> {
  const { stops, tabindex } = await page.evaluate(() => ({
    stops: [...document.querySelectorAll(
      "a[href],button,input:not([type=hidden]),select,textarea,summary",
    )]
      .length,
    tabindex:
      document.querySelectorAll("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").length,
  }));
  equal(tabindex, 0, `${page.url()} has an order of its own for the keyboard`);
  for (let stop = 0; stop < Math.min(stops, 12); stop++) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return "end";
      const { width, height } = element.getBoundingClientRect();
      const { outlineStyle, boxShadow } = getComputedStyle(element);
      const isMarked = outlineStyle !== "none" || boxShadow !== "none";
      return width > 0 && height > 0 && isMarked ? "seen" : element.outerHTML.slice(0, 160);
    });
    ok(seen === "seen" || seen === "end", `${page.url()}: the keyboard stops unseen at ${seen}`);
    if (seen === "end") return;
  }
}

/** Printed, the words are dark on white and nothing is cut off. */
export async function checkPrint(page: Page): Promise<void> {
  await page.emulateMedia({ media: "print" });
  const { ink, paper } = await page.evaluate(() => ({
    ink: getComputedStyle(document.body).color,
    paper: getComputedStyle(document.body).backgroundColor,
  }));
  await checkWidth(page);
  await page.emulateMedia({ media: "screen" });
  const brightness = (colour: string): number =>
    Math.max(...(colour.match(/[\d.]+/g) ?? ["0"]).slice(0, 3).map(Number));
  ok(brightness(ink) < 100, `${page.url()} prints in ${ink}`);
  const isWhite = paper === "rgba(0, 0, 0, 0)" || brightness(paper) > 240;
  ok(isWhite, `${page.url()} prints on ${paper}`);
}
