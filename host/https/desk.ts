/** How it stands with HTTPS, for port 80 and for the owner. @module */
import type { CertificateDesk } from "../../routes/app.ts";
import { findCertificateTry, updateTryWish } from "../../storage/certificate_tries.ts";
import { findCertificate } from "../../storage/certificates.ts";
import type { Database } from "../../storage/database.ts";
import type { CertificateFacts } from "../../views/certificate_page.ts";
import type { HttpsOptions } from "./options.ts";

/** How it stands with the ports. */
export type Standing = Readonly<{
  /** Undefined while there is no https address. */
  https: HttpsOptions | undefined;
  /** Why ports 80 and 443 are not open although there is one, and what to do; "" where nothing is wrong. */
  problem: string;
  /** True for an address that was given at the start: nothing typed changes it. */
  isGiven: boolean;
}>;

type Needs = Readonly<{ db: Database; now: () => number }>;

/** Makes the desk. It reads the database at each question: a wish and an answer may come from elsewhere. */
export function makeDesk(standing: () => Standing, needs: Needs): CertificateDesk {
  return {
    canName() {
      const { https, isGiven } = standing();
      return https === undefined && !isGiven;
    },
    facts() {
      const { https, problem } = standing();
      if (https === undefined) return NO_FACTS;
      const facts = readFacts(https, needs);
      if (problem === "") return facts;
      return { ...facts, state: "closed", sentence: problem, detail: "", nextAtMs: undefined };
    },
    tryNow() {
      const { https } = standing();
      if (https === undefined) return 0;
      return updateTryWish(needs.db, https.name, https.directory, needs.now());
    },
  };
}

const NO_FACTS: CertificateFacts = {
  ...{ name: "", state: "nameless", sentence: "", detail: "" },
  ...{ nextAtMs: undefined, untilMs: undefined, renewAtMs: undefined },
};

/** How it stands with the certificate of a name. */
export function readFacts(https: HttpsOptions, { db, now }: Needs): CertificateFacts {
  const { name, directory, isTest, files, isPublicName } = https;
  const held = findCertificate(db, name, directory);
  const state = findCertificateTry(db, name, directory);
  const { sentence, detail, nextAtMs } = state;
  const isHeld = held !== undefined && held.notAfterMs > now();
  const trouble = state.failures === 0 ? undefined : nextAtMs === undefined ? "stopped" : "waiting";
  const fine = !isHeld ? "asking" : isTest ? "test" : "there";
  return {
    ...{ name, sentence, detail, nextAtMs },
    state: files !== undefined || !isPublicName ? "own" : trouble ?? fine,
    untilMs: isHeld ? held.notAfterMs : undefined,
    renewAtMs: isHeld ? held.renewAtMs : undefined,
  };
}
