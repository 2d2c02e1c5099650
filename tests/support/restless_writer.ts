/**
 * A process that never stops writing to a database, as no capsule would: what it moves from one row to another keeps the sum, and its
 * checkpoints are of every kind. Arguments: the path, and a seed. It says "." once it has begun; whoever started it ends it.
 * @module
 */
import { DatabaseSync } from "node:sqlite";

const ROWS = 2_000;

const [path = "", seed = "1"] = Deno.args;
const db = new DatabaseSync(path);
let state = Number(seed);

/** 0 to `below` - 1. */
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor(state / 4_294_967_296 * below);
}

db.exec(`
  pragma busy_timeout = 10000; pragma wal_autocheckpoint = 0; pragma synchronous = off;
  create table if not exists restless (id integer primary key, amount integer not null, turn integer not null, ballast blob not null);
  create index if not exists restless_turn on restless (turn);
  create table if not exists restless_turns (turn integer not null);
  insert into restless select value, 100, 0, zeroblob(3000) from (
    with recursive counted (value) as (select 1 union all select value + 1 from counted where value < ${ROWS}) select value from counted
  ) where not exists (select 1 from restless);
  insert into restless_turns select 0 where not exists (select 1 from restless_turns);
`);
const take = db.prepare(
  "update restless set amount = amount - ?, turn = ?, ballast = randomblob(?) where id = ?",
);
const give = db.prepare("update restless set amount = amount + ?, turn = ? where id = ?");
const count = db.prepare("update restless_turns set turn = ?");
console.log(".");
for (let turn = 1;; turn++) {
  db.exec("begin immediate");
  for (let n = random(60); n >= 0; n--) {
    const amount = random(50);
    take.run(amount, turn, 1_000 + random(4_000), 1 + random(ROWS));
    give.run(amount, turn, 1 + random(ROWS));
  }
  count.run(turn);
  db.exec("commit");
  // Seldom enough that the file beside the database grows to some megabytes, and is then begun anew.
  const kind = ["passive", "full", "restart", "truncate"][random(60)];
  if (kind !== undefined) db.exec(`pragma busy_timeout = 0; pragma wal_checkpoint(${kind})`);
  db.exec("pragma busy_timeout = 10000");
}
