/** Version 9: which program brought the file up to date, and how the newest nights of upkeep went. @module */

/** As in version 1: `_ms` are Unix milliseconds, `_day` counts days on which this capsule ran. */
export const UPKEEP_TABLES = `
-- Of each version that this file has had: the program that used it last ('' when not known), and since when it had it.
create table upgrades (
  version integer primary key,
  program text not null,
  at_ms integer not null,
  since_day integer not null
) strict;

create table upkeep_runs (
  id integer primary key,
  begun_at_ms integer not null,
  took_ms integer not null check (took_ms >= 0),
  outcome text not null check (outcome in ('whole', 'out_of_time', 'stopped', 'failed')),
  expired_rows integer not null,
  merged_steps integer not null,
  freed_pages integer not null,
  bytes_before integer not null,
  bytes_after integer not null
) strict;
`;
