// Addresses made of words: any script is kept, everything that is not a letter, a digit or a mark becomes "-".

const SLUG_CHARS_MAX = 80;
const SLUG_FALLBACK = "article";
const NOT_WORD = /[^\p{L}\p{M}\p{N}]+/gu;
const APOSTROPHES = /(?<=[\p{L}\p{M}\p{N}])['’ʼ](?=[\p{L}\p{M}\p{N}])/gu;
// Joiners shape words in Persian and Indic scripts, but two addresses that look alike must be one: they go too.
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Variation_Selector}\p{Default_Ignorable_Code_Point}]+/gu;
const SLUG = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:-[\p{L}\p{M}\p{N}]+)*$/u;

/** A slug for a title: Unicode, NFC, lower case, words joined by "-", at most 80 characters, never empty. */
export function makeSlug(title: string): string {
  const words = normalize(title.slice(0, 2_000))
    .replace(APOSTROPHES, "")
    .replace(NOT_WORD, "-")
    .replace(/^[-\p{M}]+|-+$/gu, "");
  return shorten(words) || SLUG_FALLBACK;
}

/** Whether `text` is a slug exactly as `makeSlug` writes them, so that one piece has one address. */
export function isSlug(text: string): boolean {
  return text.length <= SLUG_CHARS_MAX && SLUG.test(text) && normalize(text) === text;
}

/** Lower case can undo NFC and the other way round ("İ"): both are repeated until nothing changes. */
function normalize(text: string): string {
  let current = text.toWellFormed();
  for (let round = 0; round < 4; round++) {
    const next = current.normalize("NFC").toLowerCase().normalize("NFC").replace(INVISIBLE, "");
    if (next === current) break;
    current = next;
  }
  return current;
}

function shorten(words: string): string {
  if (words.length <= SLUG_CHARS_MAX) return words;
  const cut = words.slice(0, SLUG_CHARS_MAX + 1);
  const border = cut.lastIndexOf("-");
  if (border > SLUG_CHARS_MAX / 4) return cut.slice(0, border);
  const whole = cut.slice(0, SLUG_CHARS_MAX);
  return /[\uD800-\uDBFF]$/.test(whole) ? whole.slice(0, -1) : whole;
}
