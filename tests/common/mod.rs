//! Test bodies that run on three hosts: here, in Node (`tests/node.rs`) and in a browser (`tests/browser.rs`).

#![allow(dead_code, unused_macros, reason = "each test binary uses its own part of these")]

pub mod base58;
pub mod crafting;
pub mod rules;
pub mod signatures;
pub mod vectors;

use dbsharing::error::{Code as _, Rejection};
use dbsharing::json::Json;
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

/// What the rules say of one item at this time.
pub fn judge_at(now_ms: u64, item: &str) -> Result<Record, Rejection> {
    let verdict =
        BodyJudge::new(Identity::Record, now_ms, &mut PublicKeys::default()).judge_one(Json::parse(item).unwrap());
    verdict.map_err(|refusal| refusal.rejection)
}

/// What the rules say of one item.
pub fn judge(item: &str) -> Result<Record, Rejection> {
    judge_at(NOW_MS, item)
}

/// The code of what the rules say: `OK` where they accept.
pub fn code(item: &str) -> &'static str {
    judge(item).map_or_else(|rejection| rejection.code(), |_| "OK")
}

/// All test bodies, each under the attribute that makes it a test on this host.
macro_rules! all_tests {
    ($attribute:meta) => {
        all_tests! { $attribute,
            base58::odd_texts_have_their_code,
            base58::a_text_that_is_too_long_is_not_read,
            rules::each_rule_has_its_code,
            rules::the_limits_themselves_are_allowed,
            rules::spelling_does_not_change_what_was_signed,
            rules::unsigned_members_are_kept_up_to_their_limit,
            signatures::a_verdict_does_not_depend_on_the_company,
            signatures::the_crafted_vectors_get_their_verdicts,
            signatures::errors_that_cancel_are_found,
            signatures::repeated_members_keep_their_verdicts,
            signatures::s_is_reduced_before_it_is_stored,
            signatures::a_record_with_s_raised_is_stored_as_it_was_signed,
            signatures::no_encoding_of_small_order_passes,
            signatures::encodings_at_and_above_p_are_refused,
            vectors::keys_versions_and_digests_are_the_frozen_ones,
        }
    };
    ($attribute:meta, $($module:ident::$test:ident),* $(,)?) => {
        $(#[$attribute] fn $test() { common::$module::$test(); })*
    };
}
