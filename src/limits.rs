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
/// Rule 4: 2^53−1, the greatest integer that JavaScript's numbers hold with all smaller ones.
pub const MAX_TIMESTAMP_MS: u64 = (1 << 53) - 1;
/// Rule 5: the length of 32 bytes in base58, in characters.
pub const PUBLIC_KEY_CHARACTERS: RangeInclusive<usize> = 32..=44;
/// Rule 6: the length of 64 bytes in base58, in characters.
pub const SIGNATURE_CHARACTERS: RangeInclusive<usize> = 64..=88;
/// Rule 8: how far ahead of this node's clock a record may be dated. Clocks of ordinary machines are closer than that.
pub const FUTURE_TOLERANCE_MS: u64 = 10 * MINUTE_MS;
/// Unsigned members of one record are kept up to this many bytes of canonical text: a relay could append any number.
pub const MAX_UNSIGNED_BYTES: usize = 1024;

// What others can make this node keep or do.

/// An item up to this long is read in one stretch, whatever is in it: that takes about 2 ms at most. A longer one is made
/// canonical in steps before.
pub const LIGHT_BYTES: usize = 32 * 1024;

/// The most records that are parked until their time comes.
pub const MAX_PARKED: usize = 1_000;
/// The most records of one slot that are parked, so that one signer cannot fill the room of all.
pub const MAX_PARKED_A_KEY: usize = 4;
/// How far ahead a parked record may be due.
pub const MAX_PARKED_MS: u64 = 24 * HOUR_MS;
/// The longest node list.
pub const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;
/// A node list up to this long is read in one stretch, a longer one while it comes.
pub const MAX_SHORT_LIST_BYTES: usize = 64 * 1024;
/// The longest node list that is wrapped in a string.
pub const MAX_QUOTED_LIST_BYTES: usize = 256 * 1024;
/// The longest entry of a long node list.
pub const MAX_ENTRY_BYTES: usize = 32 * 1024;
/// The most entries of a node list that are read; what follows them is ignored.
pub const MAX_LISTED: usize = 10_000;
/// The longest url of a peer.
pub const MAX_URL_BYTES: usize = 512;
/// The longest host of a peer that is a name, as the DNS has it, …
pub const MAX_HOST_BYTES: usize = 253;
/// … and the longest of its labels.
pub const MAX_LABEL_BYTES: usize = 63;
/// The most urls that a report names as refused, and the most as left alone for a while.
pub const MAX_REFUSED: usize = 400;
/// How much of a refused url, or of where a redirect leads, a report quotes.
pub const MAX_REFUSED_BYTES: usize = 256;
/// The most peers that are remembered; beyond it those last listed longest ago are forgotten.
pub const MAX_REMEMBERED_PEERS: usize = 20_000;
/// The most peers of one host, or of one IPv6 network of 64 bits, that are asked in one round, on public networks.
pub const MAX_PEERS_A_SITE: usize = 4;
/// The longest entity tag of a peer that is remembered.
pub const MAX_TAG_BYTES: usize = 256;
/// The longest body of a POST: one item, and what may be wrapped around it.
pub const MAX_POST_BYTES: usize = MAX_ITEM_BYTES + 16 * 1024;
/// The most that pages take which bodies under way have in common, in bytes.
pub const MAX_SHELF_BYTES: usize = 4 * 1024 * 1024;
/// The longest list of headers that a page of another origin may ask to send.
pub const MAX_ASKED_HEADERS_BYTES: usize = 1024;
/// The most records that are remembered as settled, in this many buckets …
pub const SETTLED_BUCKETS: usize = 512;
/// … of at most so many each.
pub const SETTLED_A_BUCKET: usize = 64;
/// How much of a database's own words is remembered with a record that it refused, in characters.
pub const MAX_REASON_CHARACTERS: usize = 300;
/// The most outcomes of single items that a round remembers for explanations.
pub const MAX_NOTED: usize = 1_000;

// How long something counts.

/// A node list that was read serves this long while the service is away.
pub const LIST_LIFETIME_MS: u64 = 24 * HOUR_MS;
/// What is good and is not held is judged again after this time: the task may accept it, or there may be room.
pub const SETTLED_MS: u64 = 10 * MINUTE_MS;
/// What the database refuses is tried again after this time, then after twice as long each time, up to [`SETTLED_MS`].
pub const REFUSED_MS: u64 = 20_000;
/// A body that was cut is not gone on with where this time has passed since its last part …
pub const WALK_PAUSE_MS: u64 = 10 * MINUTE_MS;
/// … or this time since its first part: what changed before the place that was reached is not seen until then.
pub const WALK_MS: u64 = HOUR_MS;
/// A peer that gives all records when asked for those after a key is not asked so again for this time.
pub const ASK_AFTER_AGAIN_MS: u64 = HOUR_MS;
/// Before an answer, a database is asked what has changed when it was last asked longer ago than this …
pub const LOOK_AGAIN_MS: u64 = 1_000;
/// … and one that can only be read whole is read: a task's own write has to reach its peers soon.
pub const READ_WHOLE_AGAIN_MS: u64 = 5_000;
/// All versions are read again after this time: what a database cannot tell, such as rows deleted by hand, is found then.
pub const RESCAN_MS: u64 = 10 * MINUTE_MS;
/// Where something says that the database holds something else, all versions are read at once; the next time after this.
pub const SUSPICION_MS: u64 = MINUTE_MS;
/// The same, as a multiple of the time that reading them took: at most a tenth of the time goes into it.
pub const SUSPICION_SHARE: u64 = 9;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
