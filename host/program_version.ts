/** Which program this is. @module */
import config from "../deno.json" with { type: "json" };

/** The version of this program, as the changelog counts. */
export const PROGRAM_VERSION: string = config.version;
/** The version of the protocol it speaks (docs/protocol.md). */
export const PROTOCOL_VERSION = 1;
