/** Verifies that the tags of pieces lead to them. @module */
import { makeTagKey } from "./tags.ts";
import type { VerifiedLog } from "./verify_report.ts";

/** A piece in the lists, with its tags. */
export type TaggedRow = Readonly<{
  /** Index of its entry. */
  index: number;
  /** Its id. */
  id: number;
  /** Post or article. */
  kind: string;
  /** JSON, as in its row. */
  tags: string;
}>;

type Use = readonly [tag: string, kind: string, id: number, index: number];

// The list drives: each use is one look into the key of piece_tags.
const COUNT_FOUND = `select count(*) as n from json_each(?) u cross join piece_tags t
  on t.log = ? and t.tag = u.value ->> 0 and t.kind = u.value ->> 1 and t.id = u.value ->> 2`;

/** Looks up the tags of one log's pieces, a run of pieces at once. */
export class TagVerifier {
  /** Tags of pieces so far; one in two spellings counts once. */
  count = 0;
  readonly #verified: VerifiedLog;
  #uses: Use[] = [];

  /** Starts before a log's first piece. */
  constructor(verified: VerifiedLog) {
    this.#verified = verified;
  }

  /** Takes the tags of one piece. */
  add({ index, id, kind, tags }: TaggedRow): void {
    const keys = new Set((JSON.parse(tags) as string[]).map(makeTagKey));
    this.count += keys.size;
    for (const key of keys) this.#uses.push([key, kind, id, index]);
  }

  /** Looks up what was taken since the last time. */
  finishRun(): void {
    if (this.#uses.length === 0) return;
    const { db, log } = this.#verified;
    const { n } = db.prepare(COUNT_FOUND).get(JSON.stringify(this.#uses), log) as { n: number };
    if (n !== this.#uses.length) this.#findMissing();
    this.#uses = [];
  }

  #findMissing(): void {
    const { db, log, report } = this.#verified;
    const find = db.prepare(
      "select 1 from piece_tags where log = ? and tag = ? and kind = ? and id = ?",
    );
    for (const [tag, kind, id, index] of this.#uses) {
      const found = find.get(log, tag, kind, id);
      report.check(
        found !== undefined,
        `Log ${log}, entry ${index}: its tag ${tag} does not lead to it`,
      );
    }
  }
}
