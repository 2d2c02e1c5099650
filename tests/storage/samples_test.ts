import { deepEqual, equal } from "node:assert/strict";
import {
  addSample,
  findNewestSample,
  hourOf,
  listDaySizes,
  listSamples,
  SAMPLES_MAX,
} from "../../storage/samples.ts";
import { makeSampling } from "../../host/sampling.ts";
import { Meter } from "../../routes/meter.ts";
import { openTestCapsule } from "../support/capsule.ts";

const HOUR_MS = 3_600_000;

Deno.test("what is counted in an hour adds up, across starts too, and the sizes are the newest", () => {
  using capsule = openTestCapsule();
  const { db, now, wait } = capsule;
  const mark = db.ownCommits;
  const first = new Meter();
  const sample = makeSampling({ db, now, meter: first });
  first.count(200, 1);
  first.count(503, 1);
  sample();
  first.count(200, 1);
  sample();
  const second = new Meter();
  const again = makeSampling({ db, now, meter: second });
  second.count(200, 1);
  again();
  const [row, ...others] = listSamples(db, hourOf(now()), 24);
  deepEqual([row?.requests, row?.failures, others.length], [4, 1, 0]);
  wait(HOUR_MS);
  again();
  equal(listSamples(db, hourOf(now()), 24).length, 2);
  equal(findNewestSample(db)?.requests, 0);
  equal(db.ownCommits, mark, "no page is made anew because of it");
});

Deno.test("at most ninety days are kept, and the oldest go first", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  const rest = { requests: 1, failures: 0, databaseBytes: 1_000, residentBytes: 1 };
  db.transaction(() => {
    for (let hour = 1; hour <= SAMPLES_MAX + 3; hour += 1) addSample(db, { ...rest, hour });
  });
  const rows = listSamples(db, SAMPLES_MAX + 3, 10 ** 6);
  equal(rows.length, SAMPLES_MAX);
  equal(rows[0]?.hour, 4);
  const days = listDaySizes(db);
  equal(days[0]?.day, 0);
  equal(days.length, 91);
});
