/** Version 1: one capsule's identity, log, what pages show of it, pictures, and the owner's own rows. @module */

/** The tables of version 1. `n` is an index in a log; hashes are 32 raw bytes; `_ms` are Unix milliseconds. */
export const CAPSULE_TABLES = `
create table capsules (
  log integer primary key,
  id text not null unique,
  is_own integer not null check (is_own in (0, 1)),
  address text,
  created_at_ms integer not null
) strict;
create unique index capsules_own on capsules (is_own) where is_own = 1;

create table signing_keys (
  log integer primary key references capsules,
  public_key blob not null check (length(public_key) = 32),
  seed blob not null check (length(seed) = 32)
) strict;

create table identity_records (
  log integer not null references capsules,
  n integer not null check (n >= 0),
  hash blob not null check (length(hash) = 32),
  note text not null,
  primary key (log, n)
) strict, without rowid;

-- What was published. These five can be rebuilt from nothing but other capsules' copies.
create table checkpoints (
  log integer primary key references capsules,
  size integer not null check (size >= 0),
  root blob not null check (length(root) = 32),
  note text not null
) strict;

create table entries (
  log integer not null references capsules,
  n integer not null check (n >= 0),
  hash blob not null check (length(hash) = 32),
  kind text not null,
  time_ms integer not null,
  bytes blob not null,
  unique (log, n)
) strict;
create index entries_rare on entries (log, kind, n) where kind in ('profile', 'address', 'withdraw');

create table contents (
  log integer not null,
  n integer not null,
  state text not null check (state in ('held', 'withdrawn', 'erased')),
  by_n integer,
  since_day integer,
  bytes blob,
  unique (log, n),
  foreign key (log, n) references entries (log, n),
  check ((bytes is null) = (state = 'erased')),
  check ((by_n is null) = (state = 'held')),
  check ((since_day is null) = (state = 'held'))
) strict;
create index contents_set_aside on contents (since_day) where state = 'withdrawn';

create table tiles (
  log integer not null references capsules,
  level integer not null check (level between 0 and 7),
  n integer not null check (n >= 0),
  bytes blob not null check (length(bytes) between 32 and 8192 and length(bytes) % 32 = 0),
  primary key (log, level, n)
) strict, without rowid;

-- What pages read. All of it follows from the entries and contents above.
create table pieces (
  id integer primary key,
  log integer not null,
  n integer not null,
  hash blob not null,
  kind text not null check (kind in ('post', 'article')),
  is_page integer not null check (is_page in (0, 1)),
  published_at_ms integer not null,
  revised_at_ms integer,
  revisions integer not null,
  text_n integer not null,
  language text not null,
  title text not null,
  slug text not null,
  summary text not null,
  text text not null,
  words integer not null,
  tags text not null,
  pictures text not null,
  cover text,
  authors text not null,
  reply text,
  quote text,
  unique (log, n)
) strict;
create index pieces_timeline on pieces (log, id) where is_page = 0;
create index pieces_kind on pieces (log, kind, id) where is_page = 0;
create index pieces_page on pieces (log, id) where is_page = 1;

create table revisions (
  log integer not null,
  n integer not null,
  revision_n integer not null,
  primary key (log, n, revision_n)
) strict, without rowid;

create table slugs (
  log integer not null,
  slug text not null,
  n integer not null,
  primary key (log, slug)
) strict, without rowid;

create table aliases (
  log integer not null,
  path text not null,
  n integer not null,
  primary key (log, path)
) strict, without rowid;

create table piece_tags (
  log integer not null,
  tag text not null,
  kind text not null,
  id integer not null,
  primary key (log, tag, kind, id)
) strict, without rowid;

create table tags (
  log integer not null,
  tag text not null,
  label text not null,
  pieces integer not null check (pieces > 0),
  primary key (log, tag)
) strict, without rowid;
create index tags_frequent on tags (log, pieces desc, tag);

create table piece_counts (
  log integer not null,
  shelf text not null check (shelf in ('post', 'article', 'page')),
  pieces integer not null check (pieces >= 0),
  primary key (log, shelf)
) strict, without rowid;

create table archive (
  log integer not null,
  year integer not null,
  month integer not null check (month between 1 and 12),
  kind text not null,
  pieces integer not null check (pieces > 0),
  primary key (log, year, month, kind)
) strict, without rowid;

create table profiles (
  log integer primary key references capsules,
  n integer not null,
  name text not null,
  line text not null,
  about text not null,
  language text not null,
  picture text,
  links text not null,
  pinned integer
) strict;

create virtual table piece_search using fts5 (
  scope, title, body, tags,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

-- Pictures, in rows of 64 KiB so that a range reads only what it needs.
create table blobs (
  id integer primary key,
  hash blob not null unique check (length(hash) = 32),
  type text not null,
  bytes integer not null check (bytes > 0),
  width integer not null check (width > 0),
  height integer not null check (height > 0),
  saved_at_ms integer not null,
  set_aside_day integer
) strict;

create table blob_chunks (
  blob integer not null references blobs on delete cascade,
  n integer not null,
  bytes blob not null,
  primary key (blob, n)
) strict, without rowid;

create table blob_uses (
  hash blob not null,
  log integer not null,
  n integer not null,
  primary key (hash, log, n)
) strict, without rowid;

-- The owner's rows: nobody else has them.
create table settings (key text primary key, value text not null) strict, without rowid;
create table passwords (id integer primary key check (id = 1), phc text not null) strict;
create table sessions (
  id integer primary key,
  token_hash blob not null unique check (length(token_hash) = 32),
  created_at_ms integer not null,
  seen_at_ms integer not null,
  agent text not null
) strict;
create table attempts (id integer primary key, network text not null, at_ms integer not null) strict;
create index attempts_network on attempts (network, at_ms);
create index attempts_time on attempts (at_ms);
create table drafts (
  id text primary key,
  kind text not null check (kind in ('post', 'article')),
  fields text not null,
  version integer not null,
  updated_at_ms integer not null
) strict;
create index drafts_time on drafts (updated_at_ms, id);
create table setup_codes (
  id integer primary key check (id = 1),
  hash blob not null,
  expires_at_ms integer not null,
  used_at_ms integer
) strict;
create table once_keys (key text primary key, result text not null, at_ms integer not null) strict;
create index once_keys_time on once_keys (at_ms);
create table leases (
  id integer primary key check (id = 1),
  start text not null,
  url text not null,
  seen_at_ms integer not null
) strict;
create table damage (id integer primary key check (id = 1), sentence text not null, at_ms integer not null) strict;
-- The days on which this capsule ran: what was withdrawn is erased after 30 of them.
create table running_days (
  id integer primary key check (id = 1),
  days integer not null,
  newest_day integer not null
) strict;
insert into running_days values (1, 0, -1);
`;
