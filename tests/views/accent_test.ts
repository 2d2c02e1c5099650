import assert from "node:assert/strict";
import fc from "fast-check";
import { contrast, CONTRAST_MIN, DEFAULT_ACCENT, fitAccent, PAPERS } from "../../views/accent.ts";

const STYLE = await Deno.readTextFile(new URL("../../views/assets/style.css", import.meta.url));

Deno.test("whatever colour is picked can be read on both papers, and paper on it", () => {
  const colour = fc.integer({ min: 0, max: 0xffffff })
    .map((value) => `#${value.toString(16).padStart(6, "0")}`);
  fc.assert(fc.property(colour, (picked) => {
    const { light, dark } = fitAccent(picked);
    for (const paper of PAPERS.light) assert.ok(contrast(light, paper) >= CONTRAST_MIN, picked);
    for (const paper of PAPERS.dark) assert.ok(contrast(dark, paper) >= CONTRAST_MIN, picked);
  }));
});

Deno.test("a colour that is readable already stays as it is", () => {
  assert.equal(fitAccent("#004488").light, "#004488");
  assert.equal(fitAccent("#FFCC00").dark, "#ffcc00");
});

Deno.test("what is no colour becomes the design's own", () => {
  for (const text of ["", "red", "#12345", "#1234567", "url(x)"]) {
    assert.deepEqual(fitAccent(text), fitAccent(DEFAULT_ACCENT));
  }
});

Deno.test("contrast is that of WCAG", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.equal(contrast("#777777", "#ffffff").toFixed(2), "4.48");
});

Deno.test("every colour of text in the stylesheet reaches 4.5:1 on its papers", () => {
  const [, light = "", dark = ""] = STYLE.split(/(?=:root \{)/);
  for (const [block, papers] of [[light, PAPERS.light], [dark, PAPERS.dark]] as const) {
    const colours = new Map(
      [...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6})/g)].map((
        [, name, value],
      ) => [name, value]),
    );
    assert.equal(colours.get("paper"), papers[0]);
    assert.equal(colours.get("tint"), papers[1]);
    for (const name of ["ink", "quiet", "code-1", "code-2", "code-3", "code-4"]) {
      for (const paper of papers) {
        assert.ok(contrast(colours.get(name) ?? "", paper) >= CONTRAST_MIN, `${name} on ${paper}`);
      }
    }
    for (const ground of ["mark", "added", "removed"]) {
      const found = contrast(colours.get("ink") ?? "", colours.get(ground) ?? "");
      assert.ok(found >= CONTRAST_MIN, `ink on ${ground}`);
    }
  }
});
