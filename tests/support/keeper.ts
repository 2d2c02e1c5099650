/** A keeper of certificates over a database in memory, with a clock that the test moves. @module */
import { type ChallengeBook, makeChallengeBook } from "../../host/certificate/challenges.ts";
import { type KeeperParts, takeTurn } from "../../host/certificate/keeper.ts";
import type { NameCheck } from "../../host/certificate/name_check.ts";
import { makeTrustedAsk } from "../../mesh/fetch.ts";
import type { LogLine } from "../../routes/app.ts";
import { type CertificateTry, findCertificateTry } from "../../storage/certificate_tries.ts";
import { type Certificate, findCertificate } from "../../storage/certificates.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import type { Authority } from "./acme.ts";
import type { SmallAuthority } from "./small_authority.ts";

/** A keeper and what it keeps. */
export type KeeperRig = Readonly<
  {
    parts: KeeperParts;
    db: Database;
    book: ChallengeBook;
    log: LogLine[];
    /** Moves the clock on, then lets it take a turn. */
    turn: (laterMs?: number) => Promise<void>;
    now: () => number;
    certificate: () => Certificate | undefined;
    state: () => CertificateTry;
    /** What the look at the name answers. */
    look: { check: NameCheck };
  } & Disposable
>;

/** Makes one for `capsule.example`; the small authorities keep its time. */
export function openKeeper(
  authority: Authority,
  more: Partial<KeeperParts> & { book?: ChallengeBook } = {},
  smalls: readonly SmallAuthority[] = [],
): KeeperRig {
  const db = openDatabase(":memory:");
  const trusted = makeTrustedAsk({ caCerts: authority.caCerts });
  const book = more.book ?? makeChallengeBook();
  const log: LogLine[] = [];
  const look: { check: NameCheck } = { check: { kind: "good" } };
  let shiftMs = 0;
  const now = () => Date.now() + shiftMs;
  for (const small of smalls) small.ways.now = now;
  const { directory } = authority;
  const name = "capsule.example";
  const parts: KeeperParts = {
    ...{ db, now, name, directory, staging: undefined, external: undefined, challenges: book },
    ask: trusted.ask,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: () => 0.5,
    readClock: () => Promise.resolve(undefined),
    checkName: () => Promise.resolve(look.check),
    log: (line) => void log.push(line),
    onCertificate: () => {},
    ...more,
  };
  return {
    ...{ parts, db, book, log, now, look },
    async turn(laterMs = 0) {
      shiftMs += laterMs;
      await takeTurn(parts);
    },
    certificate: () => findCertificate(db, name, parts.directory),
    state: () => findCertificateTry(db, name, parts.directory),
    [Symbol.dispose]() {
      trusted[Symbol.dispose]();
      db.close();
    },
  };
}
