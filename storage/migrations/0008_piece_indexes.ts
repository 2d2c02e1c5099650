/** Version 8: one index of pieces less, and a search index that merges its parts less often. @module */

/**
 * Lists of all pieces merge those of the two kinds: an index for each is enough. Eight parts of the search index stand side by side
 * before they become one, four was what SQLite chooses: what comes in by thousands is rewritten less often.
 */
export const PIECE_INDEXES = `
drop index pieces_timeline;
insert into piece_search (piece_search, rank) values ('automerge', 8);
`;
