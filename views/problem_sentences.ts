/** One sentence for a person for every code with which another capsule, or the way to it, can disappoint. @module */
import type { AskCode } from "../mesh/ask.ts";
import type { ConfirmProblem } from "../mesh/confirm.ts";
import type { FeedCode } from "../mesh/feeds.ts";
import type { ProtocolCode } from "../mesh/protocol/errors.ts";
import type { PullCode } from "../mesh/pull_problem.ts";

/** Families of rules; what a person needs to know of a broken one is the family, not the rule. */
const FAMILIES = {
  spelling: "It sends values in a form that nobody who follows the protocol writes.",
  identity:
    "Its identity does not hold together: the chain of records that says whose it is breaks.",
  signature: "It sends something that is not signed by the key it names.",
  note: "It sends a signed note that cannot be read.",
  tree: "It sends hashes or entries that do not fit what its author signed.",
  entry: "It sends entries that are none, or that belong elsewhere.",
  content: "It sends words or pictures other than those its author signed.",
  tooLong: "It sends more than the protocol allows.",
  ownPhrase: "The recovery phrase is not right.",
  fork: "It speaks of a contradiction that it cannot prove.",
} as const;

const PROTOCOL_FAMILIES: Readonly<Record<ProtocolCode, keyof typeof FAMILIES>> = {
  "phrase_words": "ownPhrase",
  "phrase_checksum": "ownPhrase",
  "hex_form": "spelling",
  "integer_form": "spelling",
  "time_form": "spelling",
  "address_form": "spelling",
  "utf8_form": "spelling",
  "capsule_id_form": "identity",
  "key_refused": "identity",
  "note_too_long": "tooLong",
  "note_form": "note",
  "note_signature": "signature",
  "identity_form": "identity",
  "identity_too_long": "tooLong",
  "identity_chain": "identity",
  "identity_key": "identity",
  "identity_closed": "identity",
  "entry_too_long": "tooLong",
  "entry_form": "entry",
  "entry_version": "entry",
  "entry_capsule": "entry",
  "entry_index": "entry",
  "bundle_form": "entry",
  "tree_range": "tree",
  "tile_form": "tree",
  "tile_path": "spelling",
  "proof_form": "tree",
  "proof_mismatch": "tree",
  "checkpoint_form": "note",
  "checkpoint_origin": "signature",
  "checkpoint_void": "tree",
  "content_too_long": "tooLong",
  "content_mismatch": "content",
  "content_form": "content",
  "proof_document_too_long": "tooLong",
  "proof_document_form": "note",
  "proof_document_capsule": "signature",
  "fork_unproved": "fork",
};

/** What calls of others answer (docs/protocol.md §14), and what a mirror is remembered by beside them. */
type CallCode =
  | "call_unknown"
  | "not_set_up"
  | "run_form"
  | "range_form"
  | "body_type"
  | "body_too_long"
  | "body_slow"
  | "body_form"
  | "read_only"
  | "fork_unknown"
  | "tile_unknown"
  | "entry_unknown"
  | "checkpoint_unknown"
  | "blob_unknown"
  | "withdrawn"
  | "taken_down"
  | "fork"
  | "identity_clash";

type OtherCode = AskCode | ConfirmProblem["code"] | FeedCode | PullCode | CallCode;

/** What can go wrong on the way there, and what those who answer can lack. */
const OTHERS: Readonly<Record<OtherCode, string>> = {
  "url_refused": "This is not an address that a capsule can have: https:// and a host name.",
  "address_refused":
    "This address leads into a private network, where this capsule asks nobody. Public addresses only.",
  "name_unknown": "Nobody knows this host name. Is it spelled right?",
  "not_reached": "Nothing answers there now.",
  "tls_failed": "Its certificate is not valid, so it cannot be told from somebody else.",
  "too_slow": "It took too long to answer.",
  "too_long": "It sends more than the protocol allows.",
  "redirect_refused": "It sends on to another place that may not be followed.",
  "answer_broken": "Its answer broke off, or makes no sense.",
  stopped: "The question was stopped before it was answered.",
  "other_id": "Another capsule answers at this address.",
  "no_capsule": "There is no capsule at this address.",
  "too_many": "This address was asked too often today. Tomorrow it is asked again.",
  "capsule_unknown": "It does not have this capsule.",
  "call_unknown": "It does not know this question: perhaps it is an older program.",
  "not_set_up": "The capsule there is not set up yet.",
  "run_form": "It did not understand the question.",
  "range_form": "It did not understand the question.",
  "body_type": "It did not understand what it was told.",
  "body_too_long": "It was told more than it takes.",
  "body_slow": "It took too long to tell it.",
  "body_form": "It did not understand what it was told.",
  "read_only": "Nothing can be written there now, so it takes nothing in.",
  "fork_unknown": "It does not know of a contradiction.",
  "tile_unknown": "It does not have all hashes of what it shows.",
  "entry_unknown": "It does not have all entries of what it shows.",
  "checkpoint_unknown": "It has no signed checkpoint yet.",
  "blob_unknown": "It does not have the picture.",
  withdrawn: "The author withdrew it.",
  "taken_down": "It was taken down there.",
  "no_source": "Nobody is known who could be asked for it.",
  undelivered: "It shows a newer head, but does not give what belongs to it.",
  busy: "It is busy and asked for patience.",
  "answer_status": "It answers with an error of its own.",
  "rows_form": "It sends something else than the entries that were asked for.",
  "record_older": "It knows only an older identity record than you do.",
  flooding: "It grew by more in one day than is taken unasked.",
  "too_large": "It is larger than what is taken unasked.",
  "contents_missing":
    "Nobody who was asked gives some of their texts, and the author withdrew none of these.",
  "contents_taken_down":
    "Whoever was asked has taken some of their texts down; the author withdrew none of these.",
  "disk_full": "There is no room left on the disk here.",
  "blob_mismatch": "It sends pictures other than those its author signed.",
  "blob_form": "It sends pictures that are none.",
  fork: "Two versions that contradict each other are signed with the same key.",
  "identity_clash":
    "Its author's phrase was used for two different new keys; the one seen first counts here.",
  "no_feed": "There is neither a feed nor a page that names one.",
  "not_there": "Nothing is there any more (404).",
  gone: "It is gone for good (410).",
  "turned_away": "It does not let this capsule in.",
  later: "It asks to come back later.",
  failing: "It answers with an error of its own.",
  full: "As many feeds are followed as can be.",
};

/** A sentence about a code, of the protocol or of the way there; one that is not known is named as it is. */
export function problemSentence(code: string): string {
  const family = (PROTOCOL_FAMILIES as Readonly<Record<string, keyof typeof FAMILIES>>)[code];
  if (family !== undefined) return FAMILIES[family];
  return (OTHERS as Readonly<Record<string, string>>)[code] ??
    `It answers with a problem that has no sentence yet (${code}).`;
}

/** A sentence in which codes stand in brackets, with what they mean in their place. */
export function explainCodes(sentence: string): string {
  return sentence.replaceAll(/\(([a-z_]+)\)/g, (bracket, code: string) => {
    if (!hasSentence(code)) return bracket;
    const meaning = problemSentence(code).replace(/\.$/, "");
    return `(${meaning.charAt(0).toLowerCase()}${meaning.slice(1)})`;
  });
}

/** True when there is a sentence of its own for a code. */
export function hasSentence(code: string): boolean {
  return code in PROTOCOL_FAMILIES || code in OTHERS;
}
