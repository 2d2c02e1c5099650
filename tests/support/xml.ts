/** Checks of feeds: well-formed XML, as a program that nobody here wrote reads it. @module */
import { ok } from "node:assert/strict";
import { need } from "./optional.ts";

/** Fails where xmllint finds the text not well-formed; skips where there is no xmllint. */
export async function checkXml(xml: string): Promise<void> {
  const found = await new Deno.Command("which", { args: ["xmllint"] }).output();
  if (!need("xmllint", found.success)) return;
  const child = new Deno.Command("xmllint", {
    args: ["--noout", "-"],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(xml));
  await writer.close();
  const { success, stderr } = await child.output();
  ok(success, new TextDecoder().decode(stderr));
}
