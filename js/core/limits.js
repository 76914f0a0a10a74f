// How much clients may cost a node that serves them, and how far in the future a record may be dated.

/** The longest body of a POST: one record of 1 MiB, and what may surround it; `MAX_POST_BYTES` of src/limits.rs. */
export const MAX_POST_BYTES = 1024 * 1024 + 16 * 1024;
/** How far in the future a record may be dated; `FUTURE_TOLERANCE_MS` of src/limits.rs. */
export const FUTURE_TOLERANCE_MS = 10 * 60 * 1000;

/** How many bytes of posted bodies may wait to be stored, all together. */
export const MAX_POSTED_BYTES = 16 * 1024 * 1024;
/** How many requests may carry them. */
export const MAX_POSTS = 1_024;
/** How many of these requests may come from one public address, behind which there may be many writers. */
export const MAX_POSTS_OF_ADDRESS = 64;
/** How many posted records are stored at the same time. */
export const MAX_PUTS = 8;
/** How long the body of a POST may take to arrive. */
export const POST_TIMEOUT_MS = 60_000;

/** How many bodies of answers may be under way. */
export const MAX_READERS = 256;
/** How many of these may go to one public address. */
export const MAX_READERS_OF_ADDRESS = 8;
/** A reader that takes nothing for this long is cut off. */
export const READER_TIMEOUT_MS = 30_000;
/**
 * A reader that takes nothing for this long loses its place if another reader needs it. Not less: a slow line takes a
 * second for a page, and a lost packet is sent again only after some tenths of a second.
 */
export const READER_STANDS_STILL_MS = 1_000;
/**
 * How long a reader waits for a place. Not less: a reader that takes nothing is noticed only when the buffers of its socket
 * are full.
 */
export const PLACE_TIMEOUT_MS = 10_000;
/** How many readers may wait for a place. */
export const MAX_WAITING_READERS = 256;
/** How many requests may wait on one connection for those before them. */
export const MAX_PIPELINED = 100;
