/** What the compiled program is told of itself: .ci/program.ts writes this file anew for it. @module */

/** SHA-256 over the paths and contents of everything embedded, 64 hexadecimal digits; undefined when run from source. */
export const EMBEDDED_HASH: string | undefined = undefined;
