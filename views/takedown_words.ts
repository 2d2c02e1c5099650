/** The kinds of things that can be taken down, and the kinds of reasons, in words. @module */
import type { TakedownKind, TakedownReason } from "../storage/takedowns.ts";

/** What was taken down, as the public list says it. */
export const REMOVED_THINGS: Readonly<Record<TakedownKind, string>> = {
  entry: "A post or article",
  content: "A text",
  blob: "A picture",
  capsule: "All of an author",
};

/** Why, as the form and the public list say it. */
export const REASONS: Readonly<Record<TakedownReason, { label: string; help: string }>> = {
  law: { label: "Law", help: "A court or an authority demands it, or it is plainly illegal here." },
  copyright: { label: "Copyright", help: "It belongs to somebody who did not allow it." },
  privacy: { label: "Privacy", help: "It shows what a person may keep to themselves." },
  abuse: { label: "Abuse", help: "It threatens, harasses or incites." },
  spam: { label: "Spam", help: "It is noise or advertising." },
  other: { label: "Another reason", help: "None of these." },
};
