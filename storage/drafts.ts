/** Drafts: what the owner is writing. They belong to no log and nobody else sees them. @module */
import type { Database } from "./database.ts";
import { parseStored } from "./stored_values.ts";

/** The fields of a form by name, as its page knows them. */
export type DraftFields = Readonly<Record<string, unknown>>;

/** One draft. */
export type Draft = Readonly<{
  /** Random, 22 characters of base64url. */
  id: string;
  /** What it will become. */
  kind: "post" | "article";
  /** The form's fields. */
  fields: DraftFields;
  /** Grows by one with each save, from 1: a page that knows an older one was overtaken by another window. */
  version: number;
  /** Unix milliseconds. */
  updatedAtMs: number;
}>;

/** Fields as JSON may be this long, in UTF-16 code units. */
export const DRAFT_CHARACTERS_MAX = 2_000_000;
/** More drafts than this are not listed. */
export const DRAFTS_MAX = 500;

type Row = Omit<Draft, "fields"> & { fields: string };
const COLUMNS = "id, kind, fields, version, updated_at_ms as updatedAtMs";

/** Inserts a new draft. Throws RangeError when its fields are too long. */
export function insertDraft(
  db: Database,
  { kind, fields, nowMs }: Readonly<{
    kind: Draft["kind"];
    fields: DraftFields;
    nowMs: number;
  }>,
): Draft {
  const id = makeDraftId();
  db.prepare(
    "insert into drafts (id, kind, fields, version, updated_at_ms) values (?, ?, ?, 1, ?)",
  ).run(id, kind, encodeFields(fields), nowMs);
  return { id, kind, fields, version: 1, updatedAtMs: nowMs };
}

/**
 * Saves new fields over the version the editor last saw. "changed": another window saved in between and nothing was
 * written; "absent": the draft was deleted or published. Without `version` it overwrites.
 */
export function updateDraft(
  db: Database,
  id: string,
  { fields, version, nowMs }: Readonly<{
    fields: DraftFields;
    version?: number | undefined;
    nowMs: number;
  }>,
): Draft | "changed" | "absent" {
  return db.transaction(() => {
    const draft = findDraft(db, id);
    if (draft === undefined) return "absent";
    if (version !== undefined && version !== draft.version) return "changed";
    db.prepare(
      "update drafts set fields = ?, version = version + 1, updated_at_ms = ? where id = ?",
    ).run(encodeFields(fields), nowMs, id);
    return { ...draft, fields, version: draft.version + 1, updatedAtMs: nowMs };
  });
}

/** Finds one draft; undefined when it was deleted. */
export function findDraft(db: Database, id: string): Draft | undefined {
  const row = db.prepare(`select ${COLUMNS} from drafts where id = ?`).get(id) as Row | undefined;
  return row && toDraft(row);
}

/** Lists drafts, the last saved first, of one kind or of both. */
export function listDrafts(
  db: Database,
  { kind, limit }: Readonly<{ kind?: Draft["kind"] | undefined; limit: number }>,
): Draft[] {
  const rows = db.prepare(
    `select ${COLUMNS} from drafts where kind = coalesce(?, kind)
     order by updated_at_ms desc, id limit ?`,
  ).all(kind ?? null, Math.min(limit, DRAFTS_MAX)) as Row[];
  return rows.map(toDraft);
}

/** Deletes a draft; false when there was none. */
export function deleteDraft(db: Database, id: string): boolean {
  return db.prepare("delete from drafts where id = ?").run(id).changes === 1;
}

function toDraft(row: Row): Draft {
  return { ...row, fields: parseStored(row.fields) };
}

function encodeFields(fields: DraftFields): string {
  const text = JSON.stringify(fields);
  if (text.length > DRAFT_CHARACTERS_MAX) {
    throw new RangeError(
      `Cannot save draft: expected at most ${DRAFT_CHARACTERS_MAX} characters, found ${text.length}`,
    );
  }
  return text;
}

function makeDraftId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
