/** Figures for monitoring programs, behind the owner's token. Mounted at /metrics. @module */
import { type Context, Hono } from "hono";
import { findNewestBackup } from "../storage/backups.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { measureDatabase } from "../storage/database_size.ts";
import { findDamage } from "../storage/damage.ts";
import { countDeliveries } from "../storage/deliveries.ts";
import { countFollowers } from "../storage/followers.ts";
import { isMetricsToken } from "../storage/metrics_tokens.ts";
import { countMirrorStates } from "../storage/mirror_counts.ts";
import { findSigning } from "../storage/signing.ts";
import { findNewestUpkeepRun } from "../storage/upkeep_runs.ts";
import type { Deps, Env } from "./app.ts";
import { type Metric, writeMetrics } from "./metrics_text.ts";
import { DURATIONS_MS, type Meter } from "./meter.ts";
import { needOwnCapsule } from "./site.ts";

const BEARER = /^Bearer ([!-~]{1,200})$/;
/** Version 0.0.4 of the text format, as every collector of such figures reads it. */
const TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Builds the route. Whoever has no token finds what they find at every path without anything. */
export function metricsRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    if (!isAllowed(deps, c)) return c.notFound();
    c.header("Cache-Control", "no-store");
    c.header("Content-Type", TYPE);
    return c.body(writeMetrics(readMetrics(deps)));
  });

  return routes;
}

function isAllowed({ db }: Deps, c: Context<Env>): boolean {
  const [, token] = BEARER.exec(c.req.header("Authorization") ?? "") ?? [];
  return token !== undefined && isMetricsToken(db, token);
}

/** Everything that is told, in this order. */
function readMetrics(deps: Deps): Metric[] {
  const { db, now, meter, version = "unknown" } = deps;
  const size = measureDatabase(db);
  const mirrors = countMirrorStates(db);
  const entries = findCheckpoint(db, needOwnCapsule(deps).log)?.size ?? 0;
  const ageOf = (ms: number | undefined) =>
    ms === undefined ? undefined : Math.max(0, (now() - ms) / 1000);
  const gauge = (name: string, help: string, value: number | undefined): Metric => ({
    ...{ name, help, type: "gauge" },
    samples: value === undefined ? [] : [{ value }],
  });
  const untilMs = deps.certificate?.facts().untilMs;
  return [
    {
      ...{ name: "capsule_info", help: "The program that answers.", type: "gauge" },
      samples: [{ labels: { version }, value: 1 }],
    },
    ...(meter === undefined ? [] : readMeter(meter)),
    gauge("capsule_entries", "Entries of the own log.", entries),
    gauge("capsule_followers", "Capsules that follow this one.", countFollowers(db)),
    {
      ...{ name: "capsule_mirrors", help: "Copies of followed capsules.", type: "gauge" },
      samples: Object.entries(mirrors.states).map(([state, value]) => ({
        labels: { state },
        value,
      })),
    },
    gauge(
      "capsule_pull_age_seconds",
      "Time since the newest head of any copy was seen.",
      ageOf(mirrors.seenAtMs),
    ),
    gauge("capsule_deliveries_waiting", "What is still to be told to others.", countDeliveries(db)),
    gauge(
      "capsule_publishing_allowed",
      "0 while nothing may be published.",
      (findSigning(db)?.outcome ?? "allowed") === "allowed" ? 1 : 0,
    ),
    gauge("capsule_database_bytes", "The database, free pages included.", size.bytes),
    gauge("capsule_database_free_bytes", "What is free in the database.", size.freeBytes),
    gauge("capsule_database_wal_bytes", "What waits beside the database.", size.walBytes),
    gauge(
      "capsule_database_damaged",
      "1 when damage was found.",
      findDamage(db) === undefined ? 0 : 1,
    ),
    gauge(
      "capsule_backup_age_seconds",
      "Time since the newest good backup was begun.",
      ageOf(findNewestBackup(db)?.begunAtMs),
    ),
    gauge(
      "capsule_upkeep_age_seconds",
      "Time since the database was tidied last.",
      ageOf(findNewestUpkeepRun(db)?.begunAtMs),
    ),
    gauge(
      "capsule_certificate_left_seconds",
      "Time until the certificate ends.",
      untilMs === undefined ? undefined : (untilMs - now()) / 1000,
    ),
    gauge(
      "process_resident_memory_bytes",
      "Memory that the program holds.",
      Deno.memoryUsage().rss,
    ),
  ];
}

function readMeter(meter: Meter): Metric[] {
  let below = 0;
  const buckets = [...meter.durations].map((count, n) => {
    below += count;
    const end = DURATIONS_MS[n];
    return {
      suffix: "_bucket",
      labels: { le: end === undefined ? "+Inf" : String(end / 1000) },
      value: below,
    };
  });
  return [
    {
      ...{ name: "capsule_requests_total", help: "Answers by status.", type: "counter" },
      samples: [1, 2, 3, 4, 5].map((place) => ({
        labels: { status: `${place}xx` },
        value: meter.statuses[place] ?? 0,
      })),
    },
    {
      name: "capsule_request_duration_seconds",
      help: "Time until the headers of an answer were ready.",
      type: "histogram",
      samples: [
        ...buckets,
        { suffix: "_sum", value: meter.durationMs / 1000 },
        { suffix: "_count", value: below },
      ],
    },
    {
      name: "capsule_page_cache_hits_total",
      help: "Pages answered from memory.",
      type: "counter",
      samples: [{ value: meter.pageHits }],
    },
    {
      name: "capsule_pulls_total",
      help: "Times that a copy was asked to be brought up to date.",
      type: "counter",
      samples: [{ value: meter.pulls }],
    },
  ];
}
