/** Which program this is. @module */

/** The version of this program, as the changelog counts; a test holds it to that of deno.json. */
export const PROGRAM_VERSION = "0.1.0";
/** How a person calls it: a binary by its name, a checkout by its task. */
export const PROGRAM_CALL: string = Deno.build.standalone ? "capsule" : "deno task capsule";
/** The version of the protocol it speaks (docs/protocol.md). */
export const PROTOCOL_VERSION = 1;
