/** The known word that a mistyped word most likely meant. @module */

const DISTANCE_MAX = 3;

/** The nearest of the known words, if one is near enough to suggest. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((name) => ({ name, distance: editDistance(word, name) }))
    .filter(({ name, distance }) => distance <= Math.min(DISTANCE_MAX, name.length / 2))
    .sort((a, b) => a.distance - b.distance)[0];
  return near?.name ?? (word === "" ? undefined : known.find((name) => name.startsWith(word)));
}

/** Levenshtein's distance: how many letters to put in, take out or exchange. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const exchanged = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
