/** JSON with one reading: unique names, bounded depth, well-formed strings (docs/protocol.md §10.1). */

/** A value as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** An object as JSON has it; read it with `Object.hasOwn` or by a known name only. */
export type JsonObject = { readonly [name: string]: Json };

/**
 * Decodes a JSON object; `undefined` when the text is no JSON or no object, nests deeper than
 * `depthMax` (the object itself is 1), repeats a name in one object, or holds a lone surrogate or U+0000.
 */
export function decodeJsonObject(text: string, depthMax: number): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    const isRead = isPlain(text, value, depthMax) || isStrict(text, depthMax);
    return isRead && isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The common case, fast: what is written again as it stood repeats no name, and without a `\\u` in it no string can hold U+0000 or
 * a lone surrogate that the text does not hold itself. What is not plain is walked over.
 */
function isPlain(text: string, value: Json, depthMax: number): boolean {
  return !text.includes("\\u") && text.isWellFormed() && isShallow(value, depthMax) &&
    JSON.stringify(value) === text;
}

function isShallow(value: Json, depthMax: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depthMax === 0) return false;
  for (const item of Object.values(value)) {
    if (!isShallow(item, depthMax - 1)) return false;
  }
  return true;
}

/** Says whether a value is an object and neither array nor null. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Walks over the text once for what `JSON.parse` does not say. What it lets through may still be no
 * JSON; what is JSON it reads rightly.
 */
function isStrict(text: string, depthMax: number): boolean {
  const open: (Set<string> | null)[] = []; // The names of each open object, null for an array.
  let isName = false; // A string here would be a name.
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '"') {
      const end = findStringEnd(text, i);
      if (end === -1) return false;
      const value = decodeString(text.slice(i, end));
      if (value === undefined) return false;
      const names = open[open.length - 1];
      if (isName && names) {
        if (names.has(value)) return false;
        names.add(value);
      }
      isName = false;
      i = end - 1;
    } else if (character === "{" || character === "[") {
      if (open.length === depthMax) return false;
      open.push(character === "{" ? new Set() : null);
      isName = character === "{";
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === ",") {
      isName = open.length > 0 && open[open.length - 1] !== null;
    }
  }
  return true;
}

/** Position after the closing quote of the string that begins at `start`, or -1. */
function findStringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text.charAt(end - 1 - slashes) === "\\") slashes++;
    if (slashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

/** The value of a quoted string; `undefined` when it is none, holds U+0000 or a lone surrogate. */
function decodeString(quoted: string): string | undefined {
  if (!quoted.includes("\\")) return quoted.isWellFormed() ? quoted.slice(1, -1) : undefined;
  try {
    const value = JSON.parse(quoted) as string;
    return value.isWellFormed() && !value.includes("\u0000") ? value : undefined;
  } catch {
    return undefined;
  }
}
