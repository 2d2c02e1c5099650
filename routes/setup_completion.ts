/** The last line of set-up: capsule, password, settings and session appear together or not at all. @module */
import { createCapsule } from "../mesh/publish.ts";
import { publishProfile } from "../mesh/publish.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { savePassword } from "../storage/passwords.ts";
import { insertSession } from "../storage/sessions.ts";
import { saveSettings } from "../storage/settings.ts";
import { updateSetupCodeUsed } from "../storage/setup.ts";
import type { Deps } from "./app.ts";
import type { SetupState } from "./setup_seal.ts";

/** What the wizard ends with. */
export type Completion = Readonly<{
  code: string;
  state: SetupState;
  entropy: Uint8Array;
  token: Uint8Array;
  agent: string;
}>;

/**
 * Creates the capsule in one transaction that also uses the code up: of two browsers one succeeds, and a kill on any
 * line leaves a capsule that is either complete or not set up.
 */
export function createFromSetup(
  { db, now, origin }: Deps,
  { code, state, entropy, token, agent }: Completion,
): "created" | "used" {
  const { name, line, language, picture, timeZone, phc, address: typed = null } = state;
  if (phc === undefined) throw new Error("Cannot create capsule: expected a hashed password");
  return db.transaction(() => {
    if (findOwnCapsule(db) !== undefined) return "used";
    if (!updateSetupCodeUsed(db, code, now())) return "used";
    const address = origin().startsWith("https:") ? origin() : typed;
    saveSettings(db, { timeZone });
    createCapsule({ db, now }, { name, line, language, address, entropy });
    if (picture !== undefined) {
      publishProfile({ db, now }, { name, line, about: "", language, picture, links: [] });
    }
    savePassword(db, phc);
    insertSession(db, token, { agent, nowMs: now() });
    return "created";
  });
}
