/** Version 4: certificates, the accounts that they were ordered with, and how the newest try went. @module */

/** As in version 1: `_ms` are Unix milliseconds. A directory is the URL of an authority. */
export const CERTIFICATE_TABLES = `
create table acme_accounts (
  directory text primary key,
  key blob not null
) strict, without rowid;

-- Directory '' is a certificate that we signed ourselves.
create table certificates (
  name text not null,
  directory text not null,
  chain text not null,
  key text not null,
  not_before_ms integer not null,
  not_after_ms integer not null check (not_after_ms > not_before_ms),
  renewal_id text,
  window_start_ms integer,
  window_end_ms integer,
  renew_at_ms integer not null,
  ask_at_ms integer not null,
  primary key (name, directory),
  check ((window_start_ms is null) = (window_end_ms is null))
) strict, without rowid;

-- next_at_ms null: not before a setting changes or the owner asks.
create table certificate_tries (
  name text not null,
  directory text not null,
  failures integer not null check (failures >= 0),
  code text not null,
  sentence text not null,
  detail text not null,
  failed_at_ms integer,
  next_at_ms integer,
  asked_at_ms integer,
  primary key (name, directory)
) strict, without rowid;
`;
