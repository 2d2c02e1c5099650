/** Version 10: which file a server took the lease of, so that a copy of that file is not taken for it. @module */

/** Device and number of the file, as text; '' where the system does not say. */
export const LEASE_FILE = `
alter table leases add column file text not null default '';
`;
