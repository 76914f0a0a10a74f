//! What several test binaries use: signed records, the rules applied to one item, crafted signatures.
//!
//! The test bodies that run on every host are in this folder too; [`bodies.rs`](bodies.rs) lists them.

#![allow(dead_code, reason = "each test binary uses its own part of these")]

pub mod crafting;

use dbsharing::error::{Code as _, Rejection};
use dbsharing::json::Json;
use dbsharing::ports::Sighting;
use dbsharing::record::Identity;
use dbsharing::sign::{sign, signing_key};
use dbsharing::verify::body_judge::BodyJudge;
use dbsharing::verify::{PublicKeys, Record};

/// The clock of these tests.
pub const NOW_MS: u64 = 1_700_000_000_000;

/// A record signed with the seed that consists of this byte.
pub fn signed(seed: u8, data: &str) -> String {
    let key = signing_key(&[seed; 32]).unwrap();
    sign(Json::parse(data).unwrap(), &key).unwrap()
}

/// What an item of a simple database claims.
pub fn sighting(text: &str) -> Option<Sighting> {
    let record = Json::parse(text).ok()?;
    let of = |json: Json<'_>, name| json.member(name).map(|value| value.text().trim_matches('"').to_owned());
    let data = record.member("data")?;
    Some(Sighting {
        public_key: of(record, "publicKey")?,
        signature: of(record, "signature")?,
        timestamp_ms: of(data, "timestamp")?.parse().ok()?,
        uuid: of(data, "uuid")?,
    })
}

/// The verdict on one item at this time.
pub fn judge_at(now_ms: u64, item: &str) -> Result<Record, Rejection> {
    let verdict =
        BodyJudge::new(Identity::Record, now_ms, &mut PublicKeys::default()).judge_one(Json::parse(item).unwrap());
    verdict.map_err(|refusal| refusal.rejection)
}

/// The verdict on one item.
pub fn judge(item: &str) -> Result<Record, Rejection> {
    judge_at(NOW_MS, item)
}

/// The code of the verdict on one item, or `OK` if it is accepted.
pub fn code(item: &str) -> &'static str {
    judge(item).map_or_else(|rejection| rejection.code(), |_| "OK")
}
