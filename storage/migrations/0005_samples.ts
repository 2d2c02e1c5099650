/** Version 5: how it went, hour by hour, for the owner's chart; and who may read the figures. @module */

/** As in version 1: `_ms` are Unix milliseconds. `hour` counts hours since 1970. Nothing here is about a visitor. */
export const SAMPLE_TABLES = `
create table samples (
  hour integer primary key,
  requests integer not null check (requests >= 0),
  failures integer not null check (failures >= 0),
  database_bytes integer not null check (database_bytes >= 0),
  resident_bytes integer not null check (resident_bytes >= 0)
) strict;

create table metrics_tokens (
  id integer primary key check (id = 1),
  hash blob not null check (length(hash) = 32),
  made_at_ms integer not null
) strict;
`;
