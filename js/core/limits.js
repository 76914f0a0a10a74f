// What others may cost a node that serves, and how far ahead a record may be dated.

/** The longest body of a POST: one record of 1 MiB, and what may be wrapped around it; `MAX_POST_BYTES` of src/limits.rs. */
export const MAX_POST_BYTES = 1024 * 1024 + 16 * 1024;
/** How far ahead of the clock a record may be dated; `FUTURE_TOLERANCE_MS` of src/limits.rs. */
export const FUTURE_TOLERANCE_MS = 10 * 60 * 1000;

/** So much of posted bodies waits to be stored, of all together … */
export const MAX_POSTED_BYTES = 16 * 1024 * 1024;
/** … in so many requests … */
export const MAX_POSTS = 1_024;
/** … of them so many for one public address, whose writers may be many at once … */
export const MAX_POSTS_OF_ADDRESS = 64;
/** … of which so many are being stored. */
export const MAX_PUTS = 8;
/** A body of a POST has to arrive within this time. */
export const POST_TIMEOUT_MS = 60_000;

/** So many bodies of answers are under way at most … */
export const MAX_READERS = 256;
/** … of them so many for one public address. */
export const MAX_READERS_OF_ADDRESS = 8;
/** Who takes nothing for so long is no reader … */
export const READER_TIMEOUT_MS = 30_000;
/**
 * … and who takes nothing for so long makes room where there is none for another. Not less: a page is as much as a slow
 * line takes in a second, and a lost packet comes again only after some tenths of one; those are readers too.
 */
export const READER_STANDS_STILL_MS = 1_000;
/** So long one more waits for a place: those who take nothing look like readers until their sockets are full … */
export const PLACE_TIMEOUT_MS = 10_000;
/** … and so many at most. */
export const MAX_WAITING_READERS = 256;
/** So many requests may wait on one connection for those before them. */
export const MAX_PIPELINED = 100;
