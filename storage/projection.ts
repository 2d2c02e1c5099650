/** One transaction's work on what pages read of a log: the same end whatever the order in which entries and contents come. @module */
import { findLogCapsule } from "./capsules.ts";
import { refreshAddress } from "./address_in_force.ts";
import type { Database } from "./database.ts";
import { hasSetAside } from "./entries_set_aside.ts";
import { refreshFollows } from "./follows.ts";
import { refreshProfile } from "./profiles.ts";
import { listRevisedIndexes } from "./revisions.ts";
import { countRunningDays } from "./running_days.ts";
import { findSettings } from "./settings.ts";
import { Tally } from "./tally.ts";
import { hasTakedowns } from "./takedown_list.ts";

/** A log while entries of it are applied; `finish` before the transaction ends. */
export class Projection {
  /** The database, in a transaction. */
  readonly db: Database;
  /** Local number. */
  readonly log: number;
  /** Its author, whom every content must name. */
  readonly capsuleId: string;
  /** Running day: from when on what is hidden now is set aside. */
  readonly day: number;
  /** Counters and search entries, written at the end. */
  readonly tally: Tally;
  /** False while nothing was ever taken down here. */
  readonly hasTakedowns: boolean;
  /** False while nothing of this log is set aside beyond a cut. */
  readonly hasSetAside: boolean;
  /** True when the address in force has to be decided anew. */
  isAddressOld = false;
  /** True when the profile shown is withdrawn: the newest that is left is found at the end. */
  isProfileOld = false;
  #from = 0;
  #to = 0;
  /** Capsules about which another entry decides now. */
  readonly #oldFollows = new Set<string>();
  readonly #withdrawals = new Map<number, number>();
  readonly #revised = new Set<number>();

  /** Starts; reads what every entry needs. */
  constructor(db: Database, log: number) {
    this.db = db;
    this.log = log;
    this.capsuleId = findLogCapsule(db, log)?.id ?? "";
    this.day = countRunningDays(db);
    this.tally = new Tally(db, log, findSettings(db).timeZone);
    this.hasTakedowns = hasTakedowns(db);
    this.hasSetAside = hasSetAside(db, log);
  }

  /** Reads at once what is known about the entries from..to, which come next. */
  prepare(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
    this.#withdrawals.clear();
    this.#revised.clear();
    const rows = this.db.prepare(
      `select target_n as target, min(n) as n from withdrawals
       where log = ? and target_n >= ? and target_n < ? group by target_n`,
    ).all(this.log, from, to) as { target: number; n: number }[];
    for (const { target, n } of rows) this.#withdrawals.set(target, n);
    for (const n of listRevisedIndexes(this.db, this.log, from, to)) this.#revised.add(n);
  }

  /** The lowest entry that withdraws another; undefined when none here does. */
  findWithdrawal(target: number): number | undefined {
    if (target >= this.#from && target < this.#to) return this.#withdrawals.get(target);
    const row = this.db.prepare(
      "select min(n) as n from withdrawals where log = ? and target_n = ?",
    ).get(this.log, target) as { n: number | null };
    return row.n ?? undefined;
  }

  /** Records that an entry withdraws another. */
  insertWithdrawal(target: number, by: number): void {
    this.db.prepare(
      "insert into withdrawals (log, target_n, n) values (?, ?, ?) on conflict do nothing",
    )
      .run(this.log, target, by);
    const known = this.#withdrawals.get(target);
    if (known === undefined || by < known) this.#withdrawals.set(target, by);
  }

  /** Forgets that an entry withdraws another. */
  deleteWithdrawal(target: number, by: number): void {
    this.db.prepare("delete from withdrawals where log = ? and target_n = ? and n = ?")
      .run(this.log, target, by);
    this.#from = this.#to = 0;
  }

  /** True when revisions of a piece may be here. */
  isRevised(index: number): boolean {
    return index < this.#from || index >= this.#to || this.#revised.has(index);
  }

  /** Records that a piece is revised. */
  addRevised(index: number): void {
    this.#revised.add(index);
  }

  /** Records that what was known about a followed capsule is gone. */
  addOldFollow(id: string): void {
    this.#oldFollows.add(id);
  }

  /** Writes the counters and what follows from the whole. */
  finish(): void {
    this.tally.flush();
    refreshFollows(this.db, this.log, this.capsuleId, this.#oldFollows);
    this.#oldFollows.clear();
    if (this.isProfileOld) refreshProfile(this.db, this.log, this.capsuleId);
    this.isProfileOld = false;
    if (this.isAddressOld) refreshAddress(this.db, this.log, this.capsuleId);
    this.isAddressOld = false;
  }
}
