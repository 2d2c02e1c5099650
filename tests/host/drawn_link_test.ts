import { equal, match, ok } from "node:assert/strict";
import { drawCode } from "../../host/drawn_link.ts";

/** White on black, whatever the terminal's own colours are. */
const COLOURS = "\x1b[38;5;231;48;5;16m";
const PLAIN = "\x1b[0m";
const LINK = `https://capsule.example.org/setup?code=${"0123456789abcdef".repeat(2)}`;

Deno.test("the set-up link is drawn where a phone could open it, in colours of its own, and fits the window", () => {
  const wide = { columns: 80, isColoured: true };
  const lines = drawCode(LINK, wide).trim().split("\n");
  ok(lines.length > 15 && lines.length < 22, `${lines.length} lines leave room for the link`);
  for (const line of lines) {
    ok(line.startsWith(COLOURS) && line.endsWith(PLAIN), line);
    match(line.slice(COLOURS.length, -PLAIN.length), /^[█▀▄ ]{30,45}$/);
  }
  match((lines[0] ?? "").slice(COLOURS.length, -PLAIN.length), /^█+$/, "a border of light");
  ok(!drawCode(LINK, { ...wide, isColoured: false }).includes("\x1b"));
  equal(drawCode(LINK, { ...wide, columns: 30 }), "");
  for (const own of ["http://localhost:8000/setup?code=1", "http://127.0.0.1:8000/setup?code=1"]) {
    equal(drawCode(own, wide), "");
  }
});
