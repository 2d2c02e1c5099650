/** Verifies what pages read, in a thread and with a connection of its own. Answers one message with one. @module */
/// <reference lib="deno.worker" />
import { verifySignature } from "../mesh/verify_signature.ts";
import { openDatabase } from "../storage/database.ts";
import { type Verified, verifyStore } from "../storage/verify.ts";

self.onmessage = ({ data: path }: MessageEvent<string>) => {
  self.postMessage(verifyShown(path));
};

/** The connection is closed before the answer: the one who waits for it closes last, and takes the files beside the database away. */
function verifyShown(path: string): Verified {
  using db = openDatabase(path, { isReadOnly: true, mustExist: true });
  return verifyStore(db, { verify: verifySignature, half: "shown" });
}
