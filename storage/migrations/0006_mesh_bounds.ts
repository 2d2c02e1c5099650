/** Version 6: since when holders are known, what a claim is crowded by, and contents that nobody may take. @module */

/** As in version 1: `_ms` are Unix milliseconds, `n` is an index in a log. */
export const MESH_BOUNDS = `
alter table holders add column since_ms integer not null default 0;
update holders set since_ms = seen_at_ms;

-- The network that the address led to, or until that is known what its host has in common with its neighbours.
alter table peers add column crowd text not null default '';

create table missing_contents_new (
  log integer not null references capsules,
  n integer not null,
  state text not null check (state in ('later', 'absent', 'takendown', 'withdrawn', 'too_long')),
  tries integer not null default 0,
  next_at_ms integer not null default 0,
  primary key (log, n)
) strict, without rowid;
insert into missing_contents_new select log, n, state, tries, next_at_ms from missing_contents;
drop table missing_contents;
alter table missing_contents_new rename to missing_contents;
`;
