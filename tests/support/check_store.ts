/** The invariant checker, for the end of every test that writes. @module */
import { deepEqual } from "node:assert/strict";
import { verifySignature } from "../../mesh/verify_signature.ts";
import type { Database } from "../../storage/database.ts";
import { verifyStore } from "../../storage/verify.ts";

/** Re-verifies everything stored; the assertion shows what is wrong. */
export function checkStore(db: Database): void {
  const { problems } = verifyStore(db, { verify: verifySignature });
  deepEqual(problems, []);
}
