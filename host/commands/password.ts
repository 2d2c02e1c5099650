/** `capsule password`: a new password for signing in. @module */
import { hashPassword, savePassword } from "../../storage/passwords.ts";
import { deleteSessions } from "../../storage/sessions.ts";
import type { Command, Context } from "../command.ts";
import { readNewPassword } from "../passwords.ts";
import { openExisting, requireCapsule } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "password",
  summary: "Set a new password for signing in, and sign every browser out",
  usage: "password [--password-stdin] [options]",
  options: {
    "password-stdin": { type: "boolean", text: "read the password from standard input" },
  },
  examples: ["capsule password", "capsule password --password-stdin < password.txt"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  requireCapsule(db);
  const phc = await hashPassword(await readNewPassword(context, "password"));
  const signedOut = db.transaction(() => {
    savePassword(db, phc);
    return deleteSessions(db);
  });
  context.answer(
    { ok: true, signedOut },
    `The new password is set; browsers signed out: ${signedOut}.`,
  );
}
