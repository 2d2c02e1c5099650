/** Every number the protocol sets as a limit, in one place (docs/protocol.md §15). */

/** Largest integer on any line: 15 decimal digits. */
export const INTEGER_MAX = 999_999_999_999_999;
/** Bytes of one entry. */
export const ENTRY_BYTES_MAX = 1024;
/** Bytes of a content of kind `article` or `revise`. */
export const LONG_CONTENT_BYTES_MAX = 512 * 1024;
/** Bytes of a content of every other kind, unknown ones included. */
export const CONTENT_BYTES_MAX = 16 * 1024;
/** Nesting of arrays and objects in a content; the outermost object is 1. */
export const CONTENT_DEPTH_MAX = 8;
/** Bytes of one blob. */
export const BLOB_BYTES_MAX = 16 * 1024 * 1024;
/** Pixels of one side of a picture. */
export const PICTURE_SIDE_MAX = 65_535;
/** Pictures of one post. */
export const POST_PICTURES_MAX = 8;
/** Pictures of one article, cover not counted. */
export const ARTICLE_PICTURES_MAX = 64;
/** Bytes of one picture's description. */
export const DESCRIPTION_BYTES_MAX = 4096;
/** Tags of one piece. */
export const TAGS_MAX = 32;
/** Characters (code points) of one tag. */
export const TAG_CHARACTERS_MAX = 64;
/** Characters of a language tag. */
export const LANGUAGE_CHARACTERS_MAX = 35;
/** Bytes of a title. */
export const TITLE_BYTES_MAX = 1024;
/** Bytes of a slug. */
export const SLUG_BYTES_MAX = 255;
/** Bytes of a summary. */
export const SUMMARY_BYTES_MAX = 4096;
/** Bytes of a revision's note. */
export const REVISION_NOTE_BYTES_MAX = 1024;
/** Old paths that lead to one article. */
export const ALIASES_MAX = 64;
/** Bytes of one old path. */
export const ALIAS_BYTES_MAX = 1024;
/** Authors named by one article. */
export const AUTHORS_MAX = 64;
/** Bytes of a name: of a profile, an author, a link's label. */
export const NAME_BYTES_MAX = 256;
/** Bytes of a profile's line. */
export const LINE_BYTES_MAX = 1024;
/** Links of a profile. */
export const LINKS_MAX = 32;
/** Bytes of a link's URL. */
export const URL_BYTES_MAX = 2048;
/** Bytes of an address (an origin). */
export const ADDRESS_BYTES_MAX = 255;
/** Bytes of one signed note, signatures included. */
export const NOTE_BYTES_MAX = 16 * 1024;
/** Signature lines of one note. */
export const NOTE_SIGNATURES_MAX = 16;
/** Records of one identity chain: n from 0 to 63. */
export const IDENTITY_RECORDS_MAX = 64;
/** Hashes of a full tile. */
export const TILE_WIDTH = 256;
/** Bytes of a full tile. */
export const TILE_BYTES_MAX = 8 * 1024;
/** Characters of a tile path. */
export const TILE_PATH_CHARACTERS_MAX = 64;
/** Bytes of one entry bundle: 256 entries with their lengths. */
export const BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + ENTRY_BYTES_MAX);
/** Hashes of one inclusion or consistency proof: a tree of 10^15 entries needs no more. */
export const PROOF_HASHES_MAX = 100;
/** Entries of one run of `entries`. */
export const RUN_ENTRIES_MAX = 256;
/** Bytes of contents in one run of `entries`. */
export const RUN_CONTENT_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of a run of `entries`, decompressed. */
export const RUN_BYTES_MAX = 6 * 1024 * 1024;
/** Bytes of a JSON answer, a proof document among them, decompressed. */
export const JSON_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of a well-known page or a delivery, decompressed. */
export const WELL_KNOWN_BYTES_MAX = 256 * 1024;

/** The most bytes a content of this kind may have. docs/protocol.md §10. */
export function contentBytesMax(kind: string): number {
  return kind === "article" || kind === "revise" ? LONG_CONTENT_BYTES_MAX : CONTENT_BYTES_MAX;
}
