/** Checks of pages: valid HTML by html-validate's recommended rules, and no script for readers. @module */
import assert from "node:assert/strict";
import { HtmlValidate } from "html-validate";

const validator = new HtmlValidate({ root: true, extends: ["html-validate:recommended"] });

/** Fails with every problem, its rule and its place. */
export async function checkHtml(html: string): Promise<void> {
  assert.match(html, /^<!DOCTYPE html>/);
  const { results } = await validator.validateString(html);
  const problems = results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, selector }) => `${ruleId}: ${message} at ${selector}`)
  );
  assert.deepEqual(problems, []);
}

/** A page for readers: valid, without script, without style attributes, and with nothing from anybody else. */
export async function checkReadersPage(html: string): Promise<void> {
  await checkHtml(html);
  assert.doesNotMatch(html, /<script|<style| style=| on[a-z]+="/);
  for (
    const [, url] of html.matchAll(
      /<(?:img|link(?! rel="canonical")|source)[^>]* (?:src|href)="([^"]*)"/g,
    )
  ) {
    const isOwn = url?.startsWith("/") || url?.startsWith("https://ada.example/");
    assert.ok(isOwn, `loads something from elsewhere: ${url}`);
  }
}
