//! Test bodies that run on three hosts: natively (`tests/host.rs`), in Node (`tests/node.rs`) and in a browser
//! (`tests/browser.rs`).
//!
//! A body is a public function of one of these modules. One that is not listed below is dead code, so it does not
//! compile.

#![deny(dead_code, reason = "a body that no host lists would never run")]

mod base58;
mod rules;
mod signatures;
mod vectors;

/// Makes a test of each body, under the attribute that marks a test on this host.
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
        $(#[$attribute] fn $test() { bodies::$module::$test(); })*
    };
}
