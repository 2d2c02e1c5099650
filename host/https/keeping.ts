/** The keeper of the certificate with everything it needs of this machine. @module */
import { makeTrustedAsk } from "../../mesh/fetch.ts";
import type { LogLine } from "../../routes/app.ts";
import type { Certificate } from "../../storage/certificates.ts";
import type { Database } from "../../storage/database.ts";
import type { ChallengeBook } from "../certificate/challenges.ts";
import { keepCertificate, type Keeper } from "../certificate/keeper.ts";
import { checkName, lookByChallenge } from "../certificate/name_check.ts";
import { readNameRecords } from "../certificate/name_records.ts";
import { readPlainClock } from "../certificate/clock.ts";
import type { HttpsOptions } from "./options.ts";

/** What is kept, and where. */
export type KeepingParts = Readonly<{
  https: HttpsOptions;
  db: Database;
  book: ChallengeBook;
  now: () => number;
  log: (line: LogLine) => void;
  onCertificate: (certificate: Certificate) => void;
}>;

/** An authority asks port 80, whatever port this program was told to listen on. */
const AUTHORITY_PORT = 80;

/** Starts a keeper; its `stop` ends what it asks. */
export function openKeeping(parts: KeepingParts): Keeper {
  const { https, db, book, now, log, onCertificate } = parts;
  const { name, directory, staging, external, caCerts } = https;
  const trusted = makeTrustedAsk(caCerts === undefined ? {} : { caCerts });
  const ended = new AbortController();
  const { signal } = ended;
  const keeper = keepCertificate({
    ...{ db, name, directory, staging, external, now, log, onCertificate, signal },
    ...{ ask: trusted.ask, challenges: book, random: Math.random },
    wait: (ms) => pause(ms, signal),
    readClock: () => readPlainClock(trusted.ask, directory, signal),
    checkName: async () => {
      const look = lookByChallenge({
        ...{ name, port: AUTHORITY_PORT, ask: trusted.ask, challenges: book },
      });
      const isPublic = https.isUsualAuthority;
      const found = await checkName({ name, isPublic, look, readRecords: readNameRecords });
      // An authority that the owner chose may know names that this machine does not.
      return isPublic || found.kind !== "bad" ? found : { kind: "good" };
    },
  }, signal);
  return {
    isBusy: keeper.isBusy,
    async stop() {
      ended.abort();
      await keeper.stop();
      trusted[Symbol.dispose]();
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
