/** Saving drafts so that no device overwrites what another one saved. @module */
import {
  DRAFT_CHARACTERS_MAX,
  type DraftFields,
  findDraft,
  insertDraft,
  updateDraft,
} from "../storage/drafts.ts";
import type { Deps } from "./app.ts";
import type { Form } from "./forms.ts";

/** Where the text is now. `otherId` names the draft that another device saved in the meantime. */
export type SavedDraft = Readonly<{ id: string; version: number; otherId?: string }>;

/** The sentence for a text that no draft can hold. */
export const DRAFT_TOO_LONG =
  "This text is too long to be saved here: a draft holds about two million characters.";

/**
 * Saves a form's draft: over the version that the page knew, or, where another device was faster, as a draft of its
 * own, so that both texts are kept. "too_long" saves nothing.
 */
export function saveDraft(
  { db, now }: Deps,
  form: Form,
  kind: "post" | "article",
  fields: DraftFields,
): SavedDraft | "too_long" {
  if (JSON.stringify(fields).length > DRAFT_CHARACTERS_MAX) return "too_long";
  const id = form.text("draft");
  return db.transaction(() => {
    const before = id === "" ? undefined : findDraft(db, id);
    if (before === undefined || before.kind !== kind) {
      return insertDraft(db, { kind, fields, nowMs: now() });
    }
    // The same text sent twice is saved once, and no conflict.
    if (JSON.stringify(before.fields) === JSON.stringify(fields)) return before;
    const saved = updateDraft(db, id, { fields, version: readVersion(form), nowMs: now() });
    if (typeof saved === "object") return saved;
    return { ...insertDraft(db, { kind, fields, nowMs: now() }), otherId: id };
  });
}

/** True when another device saved this form's draft after the form's page was made. */
export function hasNewerDraft({ db }: Deps, form: Form): boolean {
  const draft = findDraft(db, form.text("draft"));
  return draft !== undefined && draft.version !== readVersion(form);
}

function readVersion(form: Form): number {
  const version = Number(form.text("version"));
  return Number.isSafeInteger(version) ? version : 0;
}
