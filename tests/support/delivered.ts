/** Bodies of deliveries, and what is stored before and after one. @module */
import { runDeliveries } from "../../mesh/deliver.ts";
import { makeDeliveryBody } from "../../mesh/delivery_body.ts";
import type { Database } from "../../storage/database.ts";
import { follow, type Member, type Neighbourhood, openNeighbourhood } from "./neighbourhood.ts";

/** The JSON of a delivered checkpoint. */
export type Body = Record<string, unknown> & {
  entries: Record<string, unknown>[];
  identity: string[];
};

/** What a capsule delivers about its own newest checkpoint. */
export function checkpointBody({ db, log }: Pick<Member, "db" | "log">): Body {
  const wanted = { kind: "checkpoint", log, n: null, tell: [] } as const;
  return JSON.parse(makeDeliveryBody(db, wanted, undefined) ?? "{}");
}

/** What a capsule delivers about its follow at an index. */
export function followBody({ db, log, address }: Member, index: number): Record<string, unknown> {
  const wanted = { kind: "follow", log, n: index, tell: [] } as const;
  return JSON.parse(makeDeliveryBody(db, wanted, address) ?? "{}");
}

/** Everything that is stored, but for counting arrivals and when to pull: what a refused delivery must not change. */
export function snapshot(db: Database): string {
  const tables = db.prepare(
    `select name from sqlite_schema where type = 'table' and name not like 'piece_search%'
     and name not in ('inbox_arrivals', 'sqlite_sequence') order by name`,
  ).all() as { name: string }[];
  return JSON.stringify(tables.map(({ name }) => {
    const rows = db.prepare(`select * from ${name}`).all() as Record<string, unknown>[];
    return [name, rows.map((row) => ({ ...row, next_pull_at_ms: 0 }))];
  }));
}

/** Bob follows Ada and knows her first post; she has written another one since. */
export async function openFollowed(): Promise<
  Disposable & { ada: Member; bob: Member; log: number; town: Neighbourhood }
> {
  const town = openNeighbourhood(3);
  const [ada, bob] = town.members as [Member, Member];
  const log = follow(bob, ada);
  await runDeliveries(bob.mesh, new AbortController().signal);
  ada.post({ text: "one" });
  await runDeliveries(ada.mesh, new AbortController().signal);
  ada.post({ text: "two" });
  return { ada, bob, log, town, [Symbol.dispose]: () => town[Symbol.dispose]() };
}
