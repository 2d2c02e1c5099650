/** A true log of many posts, for tests and benches of size. @module */
import { type BatchItem, publishBatch, type Publisher } from "../../mesh/publish.ts";

const WORDS =
  "mountain river engine garden letter window harbour paper winter signal bridge copper orchard lantern market silence compass thread valley morning"
    .split(" ");
const TAGS = ["travel", "engines", "garden", "notes", "books", "weather", "music", "maps"];
const BATCH = 1_000;

/** How to fill a log. */
export type ManyPosts = Readonly<{
  /** Posts to publish; every hundredth is an article. */
  count: number;
  /** Date of the first, Unix milliseconds. */
  fromMs: number;
  /** Milliseconds between two; 0 puts all into one moment. */
  stepMs: number;
  /** Told after every thousand. */
  onProgress?: (done: number) => void;
}>;

/** Publishes the posts in batches; the same arguments make the same texts. */
export function publishManyPosts(publisher: Publisher, options: ManyPosts): void {
  const { count, fromMs, stepMs, onProgress } = options;
  for (let done = 0; done < count;) {
    const size = Math.min(BATCH, count - done);
    const items = Array.from(
      { length: size },
      (_, i) => makeItem(done + i, fromMs + (done + i) * stepMs),
    );
    publishBatch(publisher, items);
    done += size;
    onProgress?.(done);
  }
}

function makeItem(n: number, publishedAtMs: number): BatchItem {
  let state = n + 1;
  const pick = (list: readonly string[]) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return list[(state >>> 16) % list.length] ?? "";
  };
  const words = Array.from({ length: 18 }, () => pick(WORDS)).join(" ");
  // One rare word, and one that only this piece has.
  const text = `${words} ${n % 10_000 === 0 ? "equinox " : ""}number${n}`;
  const tags = n % 3 === 0 ? [pick(TAGS)] : [];
  if (n % 100 !== 99) return { kind: "post", text, tags, publishedAtMs };
  const markdown = `# ${words}\n\n${text}\n\n${words}`;
  return {
    kind: "article",
    title: `Report ${n}`,
    slug: `report-${n}`,
    markdown,
    tags,
    publishedAtMs,
  };
}
