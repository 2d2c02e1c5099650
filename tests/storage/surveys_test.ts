import { deepEqual, equal } from "node:assert/strict";
import {
  countSurveyedPieces,
  findSurveyedName,
  hasSurveyedPiece,
  insertSurveyedName,
  insertSurveyedPiece,
  listSurveyedPieces,
  openSurvey,
} from "../../storage/surveys.ts";

const keyOf = (n: number) => new Uint8Array(32).fill(n);

Deno.test("a survey lists its pieces by date, then by source, whatever the size of a run", () => {
  using survey = openSurvey();
  const dates = [5, -3, 5, 0, 5, 9];
  for (const [n, dateMs] of dates.entries()) {
    const source = n === 4 ? "a" : `${"cbafed"[n]}`;
    const piece = { source, key: keyOf(n), dateMs, isDraft: n === 1, slug: `s${n}` };
    equal(insertSurveyedPiece(survey, piece), true);
  }
  const slugs = ["s1", "s3", "s2", "s4", "s0", "s5"];
  for (const limit of [1, 2, 4, 100]) {
    const seen: string[] = [];
    for (
      let run = listSurveyedPieces(survey, undefined, limit);
      run.length > 0;
      run = listSurveyedPieces(survey, run.at(-1), limit)
    ) {
      seen.push(...run.map(({ slug }) => slug));
    }
    deepEqual(seen, slugs, `${limit}`);
  }
  const [first] = listSurveyedPieces(survey, undefined, 1);
  deepEqual(first, { n: 2, source: "b", key: keyOf(1), dateMs: -3, isDraft: true, slug: "s1" });
});

Deno.test("a survey knows each key and each name once, the first one wins", () => {
  using survey = openSurvey();
  const piece = { source: "a.md", key: keyOf(1), dateMs: 0, isDraft: false, slug: "a" };
  equal(hasSurveyedPiece(survey, keyOf(1)), false);
  equal(insertSurveyedPiece(survey, piece), true);
  equal(insertSurveyedPiece(survey, { ...piece, source: "b.md" }), false);
  equal(hasSurveyedPiece(survey, keyOf(1)), true);
  equal(countSurveyedPieces(survey), 1);
  insertSurveyedName(survey, "path", "/old", "/a/one");
  insertSurveyedName(survey, "path", "/old", "/a/two");
  insertSurveyedName(survey, "file", "/old", "/a/three");
  equal(findSurveyedName(survey, "path", "/old"), "/a/one");
  equal(findSurveyedName(survey, "file", "/old"), "/a/three");
  equal(findSurveyedName(survey, "slug", "/old"), undefined);
});
