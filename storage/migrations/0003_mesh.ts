/** Version 3: copies of followed capsules, followers, what is on its way, what was removed, ordinary feeds. @module */

/**
 * As in version 1: `n` is an index in a log, hashes are 32 raw bytes, `_ms` are Unix milliseconds, `_day` counts days on
 * which this capsule ran.
 */
export const MESH_TABLES = `
-- A content can now also be taken down: its row stays, its bytes are gone.
create table contents_new (
  log integer not null,
  n integer not null,
  state text not null check (state in ('held', 'withdrawn', 'erased', 'takendown')),
  by_n integer,
  since_day integer,
  bytes blob,
  unique (log, n),
  foreign key (log, n) references entries (log, n),
  check ((bytes is not null) = (state in ('held', 'withdrawn'))),
  check ((by_n is not null) = (state in ('withdrawn', 'erased'))),
  check ((since_day is not null) = (state in ('withdrawn', 'erased')))
) strict;
insert into contents_new (log, n, state, by_n, since_day, bytes)
  select log, n, state, by_n, since_day, bytes from contents order by log, n;
drop table contents;
alter table contents_new rename to contents;
create index contents_set_aside on contents (since_day) where state = 'withdrawn';
create index contents_by on contents (log, by_n) where by_n is not null;
create index entries_follows on entries (log, kind, n) where kind in ('follow', 'unfollow');
create index blob_uses_log on blob_uses (log, n);
create index pieces_referring on pieces (log) where reply is not null or quote is not null;

-- What follows is the same whatever the order in which entries come: every claim is kept, the lowest index wins.
-- A slug's step is 0 for the one wished for, 1 with the index behind it, 2 and more with a number behind that.
alter table slugs add column step integer not null default 0;
create index slugs_other on slugs (log) where step > 0;
create table aliases_new (
  log integer not null,
  path text not null,
  n integer not null,
  primary key (log, path, n)
) strict, without rowid;
insert into aliases_new select log, path, n from aliases;
drop table aliases;
alter table aliases_new rename to aliases;
-- Revisions whose piece has not come yet are here too; kind is that of the piece they are for.
create table revisions_new (
  log integer not null,
  n integer not null,
  kind text not null,
  revision_n integer not null,
  primary key (log, n, kind, revision_n)
) strict, without rowid;
insert into revisions_new select r.log, r.n, p.kind, r.revision_n
  from revisions r join pieces p on p.log = r.log and p.n = r.n;
drop table revisions;
alter table revisions_new rename to revisions;
alter table tags drop column label;

-- True while the one that serves allows http and private addresses.
alter table leases add column is_dev integer not null default 0 check (is_dev in (0, 1));

-- What was learnt from entries, whatever the order in which they came.
create table withdrawals (
  log integer not null,
  target_n integer not null,
  n integer not null,
  primary key (log, target_n, n)
) strict, without rowid;
insert into withdrawals (log, target_n, n)
  select e.log, cast(c.bytes as text) ->> '$.withdraws', e.n from entries e
  join contents c on c.log = e.log and c.n = e.n and c.state = 'held'
  where e.kind = 'withdraw' and typeof(cast(c.bytes as text) ->> '$.withdraws') = 'integer'
  and cast(c.bytes as text) ->> '$.withdraws' < e.n
  on conflict do nothing;
create table follows (
  log integer not null,
  id text not null,
  address text not null,
  n integer not null,
  is_followed integer not null check (is_followed in (0, 1)),
  primary key (log, id)
) strict, without rowid;
create index follows_id on follows (id, log) where is_followed = 1;

-- Our copies. The head is in checkpoints (note '' while the head is a cut that no checkpoint covers yet).
create table mirrors (
  log integer primary key references capsules,
  is_quiet integer not null check (is_quiet in (0, 1)),
  followed_at_ms integer not null,
  state text not null check (state in
    ('new', 'pulling', 'current', 'unreachable', 'refused', 'flooding', 'forked', 'large', 'paused', 'closed', 'leaving')),
  problem text,
  is_confirmed integer not null default 1 check (is_confirmed in (0, 1)),
  first_size integer,
  allowed_size integer,
  budget_bytes integer not null check (budget_bytes >= 0),
  entries integer not null default 0,
  contents integer not null default 0,
  content_bytes integer not null default 0,
  blobs integer not null default 0,
  blob_bytes integer not null default 0,
  flood_day integer not null default 0,
  flood_entries integer not null default 0,
  flood_bytes integer not null default 0,
  evict_day integer not null default 0,
  evict_bytes integer not null default 0,
  -- Of a day with more than 100 withdrawals nothing is erased before the owner agrees: to those seen up to this day.
  erase_agreed_day integer not null default -1,
  seen_at_ms integer,
  origin_seen_at_ms integer,
  next_pull_at_ms integer not null,
  interval_ms integer not null,
  failures integer not null default 0
) strict;
create index mirrors_due on mirrors (next_pull_at_ms);

-- What is not here yet: [from_n, to_n) of the entries below the head; contents of entries that are here; pictures.
create table missing_entries (
  log integer not null references capsules,
  from_n integer not null,
  to_n integer not null check (to_n > from_n),
  primary key (log, from_n)
) strict, without rowid;
create table missing_contents (
  log integer not null references capsules,
  n integer not null,
  state text not null check (state in ('later', 'absent', 'takendown', 'withdrawn')),
  tries integer not null default 0,
  next_at_ms integer not null default 0,
  primary key (log, n)
) strict, without rowid;
create table wanted_blobs (
  log integer not null references capsules,
  hash blob not null check (length(hash) = 32),
  n integer not null,
  bytes integer not null,
  tries integer not null default 0,
  next_at_ms integer not null default 0,
  primary key (log, hash)
) strict, without rowid;
create index wanted_blobs_next on wanted_blobs (log, n desc);

-- Entries beyond a cut, unshown and unserved for 30 days on which the capsule ran.
create table entries_set_aside (
  log integer not null references capsules,
  record_n integer not null,
  n integer not null,
  since_day integer not null,
  kind text not null,
  time_ms integer not null,
  bytes blob not null,
  content blob,
  primary key (log, record_n, n)
) strict;
create index entries_set_aside_day on entries_set_aside (since_day);

-- Where capsules said that they are. Nothing but a confirmation request goes to one that never answered with the id.
create table peers (
  id text not null,
  address text not null,
  is_former integer not null default 0 check (is_former in (0, 1)),
  added_at_ms integer not null,
  confirmed_at_ms integer,
  shown_id text,
  failures integer not null default 0,
  retry_at_ms integer not null default 0,
  problem text,
  primary key (id, address)
) strict;
create index peers_address on peers (address);
create index peers_unconfirmed on peers (retry_at_ms) where confirmed_at_ms is null;
create table confirmations (
  id integer primary key,
  host text not null,
  network text not null,
  at_ms integer not null
) strict;
create index confirmations_time on confirmations (at_ms);
-- Which other capsules openly keep a log.
create table holders (
  log integer not null references capsules,
  id text not null,
  seen_at_ms integer not null,
  primary key (log, id)
) strict, without rowid;

-- Who follows our own capsule, by a signed entry of theirs; who stopped is kept, so that an old entry brings nobody back.
create table followers (
  id text primary key,
  n integer not null,
  is_following integer not null check (is_following in (0, 1)),
  since_ms integer not null,
  network text not null,
  proof text not null,
  told_size integer not null default 0,
  told_at_ms integer
) strict;
create index followers_since on followers (since_ms, id) where is_following = 1;
create table holdings (
  id text primary key,
  size integer not null,
  complete integer not null,
  contents integer not null,
  blobs integer not null,
  blob_bytes integer not null,
  budget_bytes integer not null,
  is_list_whole integer not null check (is_list_whole in (0, 1)),
  asked_at_ms integer not null
) strict;
create table holdings_missing (
  id text not null,
  hash blob not null,
  primary key (id, hash)
) strict, without rowid;

-- What is to be told to whom; the newest of a kind about a log replaces the one before. 'tell' is a JSON array of those to
-- whom the one who is told passes it on.
create table deliveries (
  id integer primary key,
  peer text not null,
  kind text not null check (kind in ('checkpoint', 'identity', 'follow', 'unfollow')),
  log integer not null references capsules,
  n integer,
  tell text not null default '[]',
  created_at_ms integer not null,
  tries integer not null default 0,
  next_at_ms integer not null,
  unique (peer, kind, log)
) strict;
create index deliveries_due on deliveries (next_at_ms);
create table inbox_arrivals (id integer primary key, network text not null, at_ms integer not null) strict;
create index inbox_arrivals_network on inbox_arrivals (network, at_ms);
create index inbox_arrivals_time on inbox_arrivals (at_ms);

-- Contradictions: one compact proof a log.
create table fork_proofs (
  log integer primary key references capsules,
  proof text not null,
  found_at_ms integer not null
) strict;

-- Whether this database may sign: asked anew at every start (docs/protocol.md, start).
create table signing (
  id integer primary key check (id = 1),
  start text not null,
  outcome text not null check (outcome in ('checking', 'allowed', 'another_copy', 'behind', 'undelivered', 'nobody', 'forked', 'superseded', 'closed')),
  detail text not null,
  at_ms integer not null
) strict;

-- What this capsule removed from its own copy (one act may cover several things: part_of), and whom it blocks.
create table takedowns (
  id integer primary key,
  kind text not null check (kind in ('entry', 'content', 'blob', 'capsule')),
  target text not null,
  reason text not null,
  note text not null,
  at_ms integer not null,
  part_of integer references takedowns,
  unique (kind, target)
) strict;
create table blocks (
  target text primary key,
  at_ms integer not null
) strict;

-- Ordinary feeds: unsigned. An item's id is in the order of pieces' ids.
create table feeds (
  id integer primary key,
  url text not null unique,
  title text not null,
  site_url text not null,
  added_at_ms integer not null,
  etag text,
  modified text,
  state text not null check (state in ('new', 'current', 'unreachable', 'refused')),
  problem text,
  seen_at_ms integer,
  next_at_ms integer not null,
  interval_ms integer not null,
  failures integer not null default 0
) strict;
create index feeds_due on feeds (next_at_ms);
create table feed_items (
  id integer primary key,
  feed integer not null references feeds on delete cascade,
  key blob not null check (length(key) = 32),
  url text not null,
  title text not null,
  author text not null,
  html text not null,
  text text not null,
  published_at_ms integer not null,
  unique (feed, key)
) strict;
create index feed_items_feed on feed_items (feed, id);
`;
