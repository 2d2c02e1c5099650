/** Sentences of others that say what is the case, and behind it what to do. @module */

/** The first sentence, and all behind it. */
export function splitAdvice(sentences: string): [text: string, todo: string] {
  const end = sentences.search(/\.\s/);
  if (end < 0) return [sentences, ""];
  return [sentences.slice(0, end + 1), sentences.slice(end + 1).trim()];
}
