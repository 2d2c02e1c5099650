/** Version 2: what was imported, so that a second import adds nothing. @module */

/** `source_key` is a SHA-256 that names a piece where it came from; `n` is its index, null for one that became a draft. */
export const IMPORT_TABLES = `
create table imports (
  log integer not null references capsules,
  source_key blob not null check (length(source_key) = 32),
  n integer,
  primary key (log, source_key)
) strict, without rowid;
`;
