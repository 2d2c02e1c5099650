import { equal, match, ok } from "node:assert/strict";
import { openDatabase } from "../../storage/database.ts";
import { saveMetricsToken } from "../../storage/metrics_tokens.ts";
import { makeNeighbour, waitUntil } from "../support/mesh_rig.ts";
import { readMetricsText } from "../support/metrics_text.ts";

const TOKEN = "a-token-of-a-test-0123456789";

Deno.test("pulls of the mesh's thread are counted, and doctor tells of the copy", async () => {
  await using ada = makeNeighbour("Ada");
  await using ben = makeNeighbour("Ben");
  await Promise.all([ada.init(), ben.init()]);
  await Promise.all([ada.start(), ben.start()]);
  await ben.run(["follow", ada.address]);
  {
    using db = openDatabase(`${ben.folder}/capsule.db`);
    saveMetricsToken(db, TOKEN, Date.now());
  }
  const scrape = async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    return readMetricsText(await (await fetch(`${ben.address}/metrics`, { headers })).text());
  };
  await waitUntil(
    "a pull is counted",
    async () => ((await scrape()).get("capsule_pulls_total") ?? 0) >= 1,
  );
  await waitUntil("the copy is there", () => ben.mirror(ada.id())?.isComplete === true);
  const figures = await scrape();
  equal(figures.get('capsule_mirrors{state="current"}'), 1);
  ok((figures.get("capsule_pull_age_seconds") ?? -1) >= 0);
  match((await ben.run(["doctor"])).stdout, /^ok +Copies: 1 copy, all well\.$/m);
});
