// Coloured code: a named list of languages, each compiled when it is first used.
import core from "highlight.js/lib/core";
import type { LanguageFn } from "highlight.js";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import shell from "highlight.js/lib/languages/shell";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

const CODE_CHARS_MAX = 50_000;

const languages: ReadonlyMap<string, LanguageFn> = new Map(Object.entries({
  bash,
  c,
  cpp,
  css,
  diff,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  markdown,
  php,
  python,
  ruby,
  rust,
  shell,
  sql,
  swift,
  typescript,
  xml,
  yaml,
}));

const aliases: ReadonlyMap<string, string> = new Map(Object.entries({
  "c++": "cpp",
  cc: "cpp",
  h: "c",
  hpp: "cpp",
  console: "shell",
  golang: "go",
  html: "xml",
  js: "javascript",
  jsx: "javascript",
  jsonc: "json",
  kt: "kotlin",
  md: "markdown",
  patch: "diff",
  py: "python",
  rb: "ruby",
  rs: "rust",
  sh: "bash",
  svg: "xml",
  toml: "ini",
  ts: "typescript",
  tsx: "typescript",
  yml: "yaml",
  zsh: "bash",
}));

/** The name of a known language for what stands after the fence ("rs,ignore" → "rust"), or undefined. */
export function findLanguage(info: string): string | undefined {
  const name = /^\{?\.?([\p{L}\p{N}+#_-]{1,20})/u.exec(info.trim())?.[1]?.toLowerCase() ?? "";
  const language = aliases.get(name) ?? name;
  return languages.has(language) ? language : undefined;
}

/** Safe HTML of coloured code, or undefined if the code is too long or its language gives up. */
export function highlight(code: string, language: string): string | undefined {
  const grammar = languages.get(language);
  if (!grammar || code.length > CODE_CHARS_MAX) return undefined;
  if (!core.getLanguage(language)) core.registerLanguage(language, grammar);
  // A grammar that stumbles returns the code escaped (safe mode), it does not throw.
  return core.highlight(code, { language, ignoreIllegals: true }).value;
}
