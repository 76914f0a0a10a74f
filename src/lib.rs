//! Keeps a collection of signed JSON records the same on every node of a task.
//!
//! A round of sharing asks the task's nodes for their records, verifies what is new, keeps the greater version of each
//! record and writes it to the task's own database. This crate is the core of the npm package `dbsharing`. It is
//! compiled to WebAssembly and driven from JavaScript; it also builds on the host, where it is tested as plain Rust.
//!
//! # Words
//!
//! Each of these words has this one meaning, here and in the JavaScript around the core.
//!
//! | word | meaning |
//! |---|---|
//! | task | the program that many nodes run, named by its task id |
//! | node | one process that runs the task and holds its records; "we" are this node |
//! | peer | another node of the task: one that we ask |
//! | service | what lists a task's nodes, at `GET /nodes/{taskId}` |
//! | collection | the path segment under which a task's records are served |
//! | item | one element of a body, as it arrived, not yet checked |
//! | candidate | an item that passed all rules except that its signature is not verified yet |
//! | record | signed data that passed the rules: the type [`Record`](verify::Record), made only by [`verify`] |
//! | slot | the place of one record in the set, named by its key |
//! | key | the text that names a slot: `publicKey/uuid`, or `publicKey`. The key of a signer is its "public key" |
//! | version | the place of a record in the merge order: its timestamp and its content id |
//! | digest | the hash over the whole set: nodes with equal digests hold the same records |
//! | tag | the HTTP entity tag made of the digest. The tag that we remember of a peer is its *validator* |
//! | symbols | short sums over the whole set, from which two nodes learn in what they differ: the module [`symbols`] |
//! | id | in symbols: the first four bytes of a key's hash. Records may share one |
//! | element | what such a sum is made of: an id, and the value of all records that have it |
//! | value | of a record in a view: a number made of its version; that of an element is the sum over its records |
//! | view | one of the two ways to give elements their values and cells |
//! | cell | one of the many sums of a view: over the elements whose walk of cells meets it |
//! | discovery | asking a peer for cells of one view until it is known in which elements its set differs |
//! | audit | a thorough discovery of view 1 of one peer a round, which believes nothing that view 0 said |
//! | round | one call of `share()`: the node list, all chosen peers, the report |
//! | exchange | all requests to one peer in one round |
//! | batch | candidates whose signatures are verified together |
//! | verdict | what the rules say about one item: accepted, or rejected with a code |
//! | outcome | what became of an item or a peer in a round, as the report counts it |
//! | judge | to apply the rules of acceptance to items, giving verdicts |
//! | read back | to read the records of a simple database and judge them |
//! | parked | verified, but dated ahead of our clock: a parked record waits in memory until its time has come |
//! | settled | verified but not held, and not to be fetched again before a time |
//! | settled value | what peers have under an id because of a settled record: left out of discoveries |
//!
//! # The life of a record
//!
//! **From a peer's bytes to a record.** [`Node::round`](node::Node::round) loads the store, stores parked records that
//! are due, gets the node list and chooses peers. Each peer is asked in one exchange (`Round::ask` in
//! `node/exchange.rs`), through the port [`Transport`](ports::Transport); `node/visit.rs` is what one exchange may use
//! and has used. A peer with the same set answers 304. One that speaks symbols answers with cells
//! (`node/by_symbols.rs`): `by_symbols/discovering.rs` decodes them and asks for more until it is known what differs,
//! and `by_symbols/fetching.rs` asks for those records by their ids, in lots; an id is asked of one peer at a time
//! (`node/in_flight.rs`). Any other peer answers with all of its records, and so does one whose symbols do not
//! help; while nothing is held, two such bodies are read at one time (`node/places.rs`).
//!
//! A lot is read like a body of all records. `node/reading.rs` pulls it chunk by chunk and feeds it to a `Payload`
//! (`node/payload.rs`). There an [`ItemReader`](json::ItemReader) cuts the bytes into items: each is a
//! [`Json`](json::Json), a piece of text that is proven to be one valid value.
//!
//! The `Intake` (`node/intake.rs`) takes item after item. A [`Glimpse`](verify::Glimpse) is enough to skip one that we
//! hold already. Of the others [`Claim::read`](verify::Claim::read) checks rules 1 to 4, and
//! [`Claim::identify`](verify::Claim::identify) computes the content id, so that the version is known. If
//! [`Holdings::decide`](node::Holdings::decide) says that the item would lose anyway, or if it is parked or settled
//! already, that is its outcome. If the same content and signature were verified before, the
//! [`Memory`](verify::memory::Memory) has the result. Otherwise rules 5 and 6 decode public key and signature, and the
//! item becomes a [`Candidate`](verify::Candidate) that waits for its batch. A [`Verification`](verify::Verification)
//! checks rule 7 for a whole batch, in steps between which the event loop gets turns. Only what passes becomes a
//! [`Record`](verify::Record). One that is dated ahead by rule 8, [`check_time`](verify::check_time), is parked; any
//! other is a winner, one for each slot of the body.
//!
//! **From a record to the database.** `Round::commit` (`node/commit.rs`) hands winners to `Node::write`
//! (`node/write.rs`), the only way into the store. The task's own `accept` is asked (rule 9). Then [`merge::decide`] is
//! asked again, because another peer's copy may have been first, and there has to be room. `node/store_write.rs` writes
//! to the port [`Store`](ports::Store), and splits a write that fails (`node/halves.rs`) until it is known which record
//! is to blame. The port is implemented by `wasm/store.rs`. A simple database is made a store by
//! [`ReadBack`](node::ReadBack), which reads slots before and after each write. What the store acknowledged is
//! spot-checked; then the host is told of the new records, the [`Holdings`](node::Holdings) note them, and the
//! [`Ledger`](report::Ledger) notes one outcome for each item, and in [`Arrivals`](report::Arrivals) what came under
//! each id that was asked for: what is settled of it becomes a settled value (`node/settled_values.rs`). When the
//! body was read to its end, or all that differs has come, and all outcomes are durable, the peer's tag is remembered
//! as its validator, and the next exchange can be answered with 304. At the end of the round one peer whose set still
//! differs is audited (`by_symbols/audit.rs`).
//!
//! The task's own records take the same way: [`Node::put`](node::Node::put) judges them (`node/own_batch.rs`), and
//! `node/own_writes.rs` calls `Node::write`.
//!
//! **Out again.** [`Node::serve`](node::Node::serve) finds out what is asked for (`node/routes.rs`, `node/query.rs`),
//! looks at the store if it may have changed, and makes the tag of the digest. If the asker has the same set, it
//! answers 304. Otherwise [`Node::page`](node::Node::page) (`node/pages.rs`) reads the store's entries page by page.
//! Each text is compared with its key and version: a damaged entry is left out, and a good copy is fetched in the next
//! round. The tag is a promise (`node/promised.rs`): a body that would end without a record that was held when it began
//! is cut instead. A peer that accepts symbols gets sums over what is held instead (`node/serve_symbols.rs`):
//! `holdings/symbols.rs` makes them when they are first asked for, and every write keeps them up. Then it asks for the
//! records that differ: `holdings/names.rs` knows the keys of an id, and `node/chosen.rs` reads these slots from the
//! store. JavaScript pulls the pages through `wasm/engine.rs` and sends them. [`Node::get`](node::Node::get) reads a
//! single record.
//!
//! # Reading order
//!
//! 1. What it is about: `limits.rs`, `record/key.rs`, `record/version.rs`, `merge.rs`, `error/rejection.rs`
//! 2. The rules: `verify.rs`, `verify/glimpse.rs`, `verify/claim.rs`, `verify/candidate.rs`, `verify/memory.rs`,
//!    `verify/batch.rs`
//! 3. The world: `ports.rs`, `ports/storage.rs`
//! 4. A round: `node.rs`, `node/state.rs`, `node/round.rs`, `node/exchange.rs`, `node/requests.rs`, `node/reading.rs`,
//!    `node/payload.rs`, `node/intake.rs`, `node/commit.rs`, `node/write.rs`, `node/store_write.rs`, `report/outcome.rs`
//! 5. What is held: `node/holdings.rs`, `node/holdings/names.rs`, `node/holdings/owners.rs`,
//!    `node/holdings/symbols.rs`, `node/load.rs`, `node/mirror.rs`, `node/settled.rs`
//! 6. Answers: `node/serve.rs`, `node/query.rs`, `node/pages.rs`, `node/serve_symbols.rs`, `node/chosen.rs`
//! 7. What differs: `js/symbols.md`, `symbols.rs`, `symbols/element.rs`, `symbols/walk.rs`, `symbols/sums.rs`,
//!    `symbols/decoding.rs`, `symbols/discovery.rs`
//! 8. A round by symbols: `node/visit.rs`, `node/by_symbols.rs`, `node/by_symbols/discovering.rs`,
//!    `node/by_symbols/fetching.rs`, `report/arrivals.rs`, `node/by_symbols/audit.rs`; what is remembered for it,
//!    `node/discoveries.rs`, `node/settled_values.rs` and `node/holdings/outgrown.rs`; where peers wait for each other,
//!    `node/changed.rs`, `node/in_flight.rs` and `node/places.rs`
//! 9. The border: `wasm/mod.rs`, `wasm/engine.rs`, `wasm/store.rs`
//!
//! # Layout
//!
//! Each module knows only those above it:
//!
//! - [`limits`]: every number that nodes agree on, every bound on remote bytes
//! - [`counted`], [`time_span`]: counts and spans of time in messages
//! - [`printable`]: remote text, made safe for messages
//! - [`json`]: JSON text as JavaScript would parse and stringify it
//! - [`record`]: what records are made of: keys, versions, content ids
//! - [`error`]: every failure, with its code
//! - [`verify`]: the only door to a record: the numbered rules of acceptance
//! - [`merge`]: the total order of versions
//! - [`symbols`]: sums over a set, and the differences that they tell
//! - [`sign`]: makes a signed record
//! - [`peers`]: the node list, peer urls, and which peers to ask
//! - [`ports`]: what a node needs of the world
//! - [`report`]: what a round did: the ledger of outcomes, and the report made of it
//! - [`node`]: one node: load, write, round, serve
//! - `wasm`: the border to JavaScript, on wasm32 only

#![deny(missing_docs)]
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

pub mod counted;
pub mod error;
pub mod json;
pub mod limits;
pub mod merge;
pub mod node;
pub mod peers;
pub mod ports;
pub mod printable;
pub mod record;
pub mod report;
pub mod sign;
pub mod symbols;
pub mod time_span;
pub mod verify;
#[cfg(target_arch = "wasm32")]
mod wasm;
