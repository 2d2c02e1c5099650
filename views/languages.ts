/** Languages and time zones to choose from, by names that people know. @module */
import type { Option } from "./studio_fields.ts";

const LANGUAGES =
  ("ar bg bn ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja " +
    "ka kk ko lt lv mk ms nb nl nn pl pt pt-BR ro ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh " +
    "zh-Hant").split(" ");
const ZONES_FIRST = ["UTC"];

/** The languages to write in, by their own names; `current` is always among them. */
export function languageOptions(current: string): Option[] {
  const tags = LANGUAGES.includes(current) || !isLanguage(current)
    ? LANGUAGES
    : [current, ...LANGUAGES];
  return tags.map((tag) => ({ value: tag, label: languageName(tag) }))
    .sort((a, b) => a.label.localeCompare(b.label, "en"));
}

/** Whether a text is a language tag that browsers understand. */
export function isLanguage(tag: string): boolean {
  if (tag === "" || tag.length > 35) return false;
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** The language of ours that a browser asks for first, or English. */
export function guessLanguage(acceptLanguage: string): string {
  for (const part of acceptLanguage.slice(0, 200).split(",")) {
    const tag = (part.split(";")[0] ?? "").trim();
    if (LANGUAGES.includes(tag)) return tag;
    const base = tag.split("-")[0] ?? "";
    if (LANGUAGES.includes(base)) return base;
  }
  return "en";
}

/** The time zones of the world; `current` is always among them. */
export function timeZoneOptions(current: string): Option[] {
  const zones = new Set([...ZONES_FIRST, ...Intl.supportedValuesOf("timeZone"), current]);
  return [...zones].filter((zone) => zone !== "").map((zone) => ({
    value: zone,
    label: zone.replaceAll("_", " ").replaceAll("/", " / "),
  }));
}

// "Deutsch · German": the owner looks for one of the two.
function languageName(tag: string): string {
  const own = new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
  const english = new Intl.DisplayNames(["en"], { type: "language" }).of(tag) ?? tag;
  return own.toLowerCase() === english.toLowerCase() ? english : `${english} · ${own}`;
}
