/** How it stands with the certificate, for port 80 and for the owner. @module */
import type { CertificateDesk } from "../../routes/app.ts";
import { findCertificateTry, updateTryWish } from "../../storage/certificate_tries.ts";
import { findCertificate } from "../../storage/certificates.ts";
import type { Database } from "../../storage/database.ts";
import type { HttpsOptions } from "./options.ts";

/** Makes the desk. It reads the database at each question: a wish and an answer may come from elsewhere. */
export function makeDesk(
  { https, db, now }: Readonly<{ https: HttpsOptions; db: Database; now: () => number }>,
): CertificateDesk {
  const { name, directory, isTest, files, isPublicName } = https;
  return {
    facts() {
      const held = findCertificate(db, name, directory);
      const state = findCertificateTry(db, name, directory);
      const { sentence, detail, nextAtMs } = state;
      const isHeld = held !== undefined && held.notAfterMs > now();
      const trouble = state.failures === 0
        ? undefined
        : nextAtMs === undefined
        ? "stopped"
        : "waiting";
      const fine = !isHeld ? "asking" : isTest ? "test" : "there";
      return {
        ...{ name, sentence, detail, nextAtMs },
        state: files !== undefined || !isPublicName ? "own" : trouble ?? fine,
        untilMs: isHeld ? held.notAfterMs : undefined,
        renewAtMs: isHeld ? held.renewAtMs : undefined,
      };
    },
    tryNow: () => updateTryWish(db, name, directory, now()),
  };
}
