/** Version 7: backups that the program makes by itself, and those that were made by a command. @module */

/** As in version 1: `_ms` are Unix milliseconds. */
export const BACKUP_TABLES = `
-- Not there: nothing is made by itself. is_prepared 0: the folder is made at the next run; 1: it must be there.
create table backup_plan (
  id integer primary key check (id = 1),
  folder text not null,
  keep_days integer not null check (keep_days between 1 and 365),
  keep_weeks integer not null check (keep_weeks between 0 and 520),
  is_prepared integer not null check (is_prepared in (0, 1)),
  is_asked integer not null check (is_asked in (0, 1)),
  saved_at_ms integer not null
) strict;

-- A row of a command has no folder. root is Base64.
create table backups (
  id integer primary key,
  folder text,
  file text not null,
  state text not null check (state in ('begun', 'good', 'failed', 'removed')),
  begun_at_ms integer not null,
  ended_at_ms integer,
  bytes integer,
  entries integer,
  size integer,
  root text,
  problem text not null default '',
  rehearsed_at_ms integer,
  rehearsal_ms integer,
  rehearsal_problem text not null default ''
) strict;
`;
