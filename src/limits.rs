//! Every number that nodes agree on, and every bound on what remote bytes may cost, each with its unit and its reason.

use std::ops::RangeInclusive;

// The rules of acceptance: nodes with other numbers would keep other sets.

/// Rule 2: the longest item, as it arrives. Longer ones are skipped without being kept in memory.
pub const MAX_ITEM_BYTES: usize = 1024 * 1024;
/// Rule 2: the longest signed text.
pub const MAX_SIGNED_BYTES: usize = 64 * 1024;
/// Rule 2: the greatest number of brackets open at once in a signed text, `data`'s own included.
pub const MAX_DEPTH: usize = 128;
/// Rule 3: the longest uuid, in bytes of canonical text without its quotes.
pub const MAX_UUID_BYTES: usize = 256;
/// Rule 4: 2^53−1, the greatest integer up to which JavaScript's numbers are exact.
pub const MAX_TIMESTAMP_MS: u64 = (1 << 53) - 1;
/// Rule 5: the length of a public key in bytes …
pub const PUBLIC_KEY_BYTES: usize = 32;
/// … and in characters of base58.
pub const PUBLIC_KEY_CHARACTERS: RangeInclusive<usize> = 32..=44;
/// Rule 6: the length of a signature in bytes …
pub const SIGNATURE_BYTES: usize = 64;
/// … and in characters of base58.
pub const SIGNATURE_CHARACTERS: RangeInclusive<usize> = 64..=88;
/// Rule 8: how far ahead of this node's clock a record may be dated. Ordinary machines' clocks differ by less.
pub const FUTURE_TOLERANCE_MS: u64 = 10 * MINUTE_MS;
/// How many bytes of canonical text are kept of a record's unsigned members. A relay could append any number of them.
pub const MAX_UNSIGNED_BYTES: usize = 1024;

// What others can make this node keep or do.

/// An item up to this length is read in one step, which takes at most about 2 ms whatever is in it. A longer one is
/// made canonical in several steps first.
pub const LIGHT_BYTES: usize = 32 * 1024;

/// How many records may be parked until their time comes.
pub const MAX_PARKED: usize = 1_000;
/// How many records of one slot may be parked, so that one signer cannot take all the room.
pub const MAX_PARKED_A_KEY: usize = 4;
/// How far ahead a parked record may be due.
pub const MAX_PARKED_MS: u64 = 24 * HOUR_MS;
/// The longest node list.
pub const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;
/// A node list up to this length is read in one step, a longer one as it arrives.
pub const MAX_SHORT_LIST_BYTES: usize = 64 * 1024;
/// The longest node list that is wrapped in a string.
pub const MAX_QUOTED_LIST_BYTES: usize = 256 * 1024;
/// The longest entry of a long node list.
pub const MAX_ENTRY_BYTES: usize = 32 * 1024;
/// How many entries of a node list are read. The rest is ignored.
pub const MAX_LISTED: usize = 10_000;
/// The longest url of a peer.
pub const MAX_URL_BYTES: usize = 512;
/// The longest host name of a peer, which is the limit of the DNS …
pub const MAX_HOST_BYTES: usize = 253;
/// … and the longest of its labels.
pub const MAX_LABEL_BYTES: usize = 63;
/// How many urls a report names as refused, and how many as left alone for a while.
pub const MAX_REFUSED: usize = 400;
/// How much of a refused url, or of a redirect's target, a report quotes.
pub const MAX_REFUSED_BYTES: usize = 256;
/// How many peers are remembered. Beyond that, those listed longest ago are forgotten first.
pub const MAX_REMEMBERED_PEERS: usize = 20_000;
/// How many peers of one public host, or of one public IPv6 network of 64 bits, are asked in one round.
pub const MAX_PEERS_A_SITE: usize = 4;
/// The longest tag of a peer that is remembered as its validator.
pub const MAX_TAG_BYTES: usize = 256;
/// The longest body of a POST: one item and its wrapping.
pub const MAX_POST_BYTES: usize = MAX_ITEM_BYTES + 16 * 1024;
/// How many bytes the pages take that several answers in progress share.
pub const MAX_SHELF_BYTES: usize = 4 * 1024 * 1024;
/// The longest list of headers that a page of another origin may ask to send, in a preflight.
pub const MAX_ASKED_HEADERS_BYTES: usize = 1024;
/// Settled records are remembered in this many buckets …
pub const SETTLED_BUCKETS: usize = 512;
/// … each of which holds at most this many.
pub const SETTLED_A_BUCKET: usize = 64;
/// How many characters of the database's message are remembered with a record that it refused.
pub const MAX_REASON_CHARACTERS: usize = 300;
/// How many outcomes of single items a round remembers for explanations.
pub const MAX_NOTED: usize = 1_000;

// Symbols: nodes with other numbers would not understand each other's sums.

/// No more cells than this are made, served or decoded.
pub const MAX_CELLS: u32 = 16_384;
/// Every node serves at least this many cells, however few records it holds.
pub const MIN_SERVED_CELLS: u32 = 1_024;
/// The most cells of one body.
pub const MAX_CELLS_A_BODY: u32 = 2_048;
/// How many cells a body has if the request does not say how many it should have.
pub const DEFAULT_CELLS: u32 = 18;
/// The most ids in one request for records.
pub const MAX_IDS: usize = 1_000;
/// After this many bodies of symbols of one view, an exchange goes on without them.
pub const MAX_SYMBOL_BODIES: u32 = 6;
/// The most ids that one exchange asks for.
pub const MAX_IDS_AN_EXCHANGE: usize = 12_000;
/// While this node holds nothing, this many whole bodies of peers that speak symbols are read at one time.
pub const MAX_WHOLE_BODIES: usize = 2;
/// A whole body that is read because symbols do not say what differs, and has nothing new, is not read again for
/// [`SETTLED_MS`] if it is longer than this: about twice as long as the symbols of one exchange mostly are then.
pub const SHORT_BODY_BYTES: u64 = 64 * 1024;
/// How many values of settled records are left out of discoveries …
pub const MAX_SETTLED_VALUES: usize = 3_072;
/// … and this many more of those that are settled because of their dates.
pub const MAX_SETTLED_VALUES_OF_DATES: usize = 1_024;
/// How many values are remembered that were held here until a greater version was stored: a peer that still has one is not
/// asked for its record …
pub const MAX_OUTGROWN_VALUES: usize = 2_048;
/// … and for how many audits. By then a peer that is in touch has what is held now.
pub const OUTGROWN_AUDITS: u32 = 3;
/// A peer whose set differs, of which only view 0 was read, is audited when it has not changed for this many rounds. By then a
/// peer that is in touch has the same set …
pub const UNAUDITED_ROUNDS: u32 = 3;
/// … and again after this many if the audit did not tell what it has: ten minutes of rounds of 20 seconds.
pub const AUDIT_AGAIN_ROUNDS: u32 = 30;

// How long something is valid, or how long until it is tried again.

/// How long the last node list is used while the service does not answer.
pub const LIST_LIFETIME_MS: u64 = 24 * HOUR_MS;
/// A settled record is judged again after half of this time or more, and this time at most: the task may accept it then, or
/// there may be room.
pub const SETTLED_MS: u64 = 10 * MINUTE_MS;
/// A record that the database refused is tried again after this time, doubled each time, up to [`SETTLED_MS`].
pub const REFUSED_MS: u64 = 20_000;
/// A body that was cut off is not continued when this time has passed since its last part …
pub const WALK_PAUSE_MS: u64 = 10 * MINUTE_MS;
/// … or this time since its first part. Until then, changes before the point that was reached go unseen.
pub const WALK_MS: u64 = HOUR_MS;
/// A peer that gives all records when asked only for those after a key is not asked that way again for this time.
pub const ASK_AFTER_AGAIN_MS: u64 = HOUR_MS;
/// A peer that answers `/all` with symbols but does not serve what they need is not asked for them again for this time.
pub const ASK_FOR_SYMBOLS_AGAIN_MS: u64 = HOUR_MS;
/// The same after 502 or 504: a proxy answers so while the peer behind it restarts.
pub const ASK_AFTER_GATEWAY_MS: u64 = MINUTE_MS;
/// A record that is being fetched from one peer is asked of another after this time.
pub const FETCH_AGAIN_MS: u64 = 1_000;
/// A peer of which nothing arrives for this time gives its place for a whole body to another one.
pub const NO_PROGRESS_MS: u64 = 1_000;
/// Before we answer, a database is asked what has changed, unless that was asked within this time …
pub const LOOK_AGAIN_MS: u64 = 1_000;
/// … and a database that can only be read whole is read, unless that was done within this time: a task's own write has
/// to reach its peers soon.
pub const READ_WHOLE_AGAIN_MS: u64 = 5_000;
/// All versions are read again after this time, to find what a database cannot report, such as rows deleted by hand.
pub const RESCAN_MS: u64 = 10 * MINUTE_MS;
/// On a sign that the database holds something else than we think, all versions are read at once, but not more often
/// than this.
pub const SUSPICION_MS: u64 = MINUTE_MS;
/// The same as a multiple of the time that reading them took, so that at most a tenth of all time is spent on it.
pub const SUSPICION_SHARE: u64 = 9;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
