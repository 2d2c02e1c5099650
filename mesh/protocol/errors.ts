/** The closed list of what can be wrong with bytes from outside (docs/protocol.md §14). */

/** Every code a `ProtocolError` can carry; docs/protocol.md §14 says what each one means. */
export const PROTOCOL_CODES = [
  "phrase_words",
  "phrase_checksum",
  "hex_form",
  "integer_form",
  "time_form",
  "address_form",
  "utf8_form",
  "capsule_id_form",
  "key_refused",
  "note_too_long",
  "note_form",
  "note_signature",
  "identity_form",
  "identity_too_long",
  "identity_chain",
  "identity_key",
  "identity_closed",
  "entry_too_long",
  "entry_form",
  "entry_version",
  "entry_capsule",
  "entry_index",
  "bundle_form",
  "tree_range",
  "tile_form",
  "tile_path",
  "proof_form",
  "proof_mismatch",
  "checkpoint_form",
  "checkpoint_origin",
  "checkpoint_void",
  "content_too_long",
  "content_mismatch",
  "content_form",
  "proof_document_too_long",
  "proof_document_form",
  "proof_document_capsule",
  "fork_unproved",
] as const;

/** One code of the closed list. */
export type ProtocolCode = typeof PROTOCOL_CODES[number];

/** Thrown when bytes from outside break the protocol; never for a fault of our own machine. */
export class ProtocolError extends Error {
  /** What is wrong, one of `PROTOCOL_CODES`. */
  readonly code: ProtocolCode;

  /** The message says action, expected and found, for logs and not for people. */
  constructor(code: ProtocolCode, message: string) {
    super(message);
    this.name = "ProtocolError";
    this.code = code;
  }
}
