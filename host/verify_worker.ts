/** Verifies what pages read, in a thread and with a connection of its own. Answers one message with one. @module */
/// <reference lib="deno.worker" />
import { verifySignature } from "../mesh/verify_signature.ts";
import { openDatabase } from "../storage/database.ts";
import { verifyStore } from "../storage/verify.ts";

self.onmessage = ({ data: path }: MessageEvent<string>) => {
  using db = openDatabase(path, { isReadOnly: true, mustExist: true });
  self.postMessage(verifyStore(db, { verify: verifySignature, half: "shown" }));
};
