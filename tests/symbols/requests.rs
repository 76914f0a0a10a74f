//! What requests say: the accepted type, the ids, and how many cells a client asks for.

use dbsharing::limits::{MAX_CELLS, MAX_IDS};
use dbsharing::symbols::{
    Counters, ElementId, Outline, View, cells_accepted, cells_for_estimate, cells_for_zeros, estimate, ids_from_text,
    ids_to_text, is_hopeless, opening_count, second_view_count, served_cells,
};
use proptest::prelude::*;

use crate::differing::{Draw, Pair};

#[test]
fn the_type_is_found_in_a_list_and_its_count_is_clamped() {
    const TYPE: &str = "application/vnd.dbsharing.symbols";
    for (accept, count) in [
        (format!("{TYPE};count=18, */*;q=0.1"), Some(18)),
        (format!("{TYPE}; count=40;q=0"), Some(40)),
        (format!("text/html,{TYPE} ; identity=record ; COUNT=7"), Some(7)),
        (format!("*/*;q=0.1 , {}", TYPE.to_uppercase()), Some(18)),
        (format!("{TYPE};count=\"33\""), Some(33)),
        (format!("{TYPE};count=0"), Some(1)),
        (format!("{TYPE};count=2049"), Some(2_048)),
        (format!("{TYPE};count=99999999999999999999999"), Some(2_048)),
        (format!("{TYPE};count="), Some(18)),
        (format!("{TYPE};count=-5"), Some(18)),
        (format!("{TYPE};count=ten;count"), Some(18)),
        (format!("{TYPE};count=5,{TYPE};count=6"), Some(5)),
        (format!("{TYPE};a=\"count=5;count=6,\\\"\";count=7"), Some(7)),
        (format!("text/plain;a=\"x, {TYPE}\""), None),
        (format!("{TYPE}+json, x{TYPE}"), None),
        ("*/*".to_owned(), None),
        ("application/*, ;,;;=,\"".to_owned(), None),
        (String::new(), None),
    ] {
        assert_eq!(cells_accepted(&accept), count, "{accept}");
    }
}

proptest! {
    #[test]
    fn any_text_can_be_accepted(accept in any::<String>(), ids in any::<String>()) {
        let with_type = format!("{accept},application/vnd.dbsharing.symbols;{accept}");
        prop_assert!(cells_accepted(&with_type).is_none_or(|count| (1..=2_048).contains(&count)));
        prop_assert!(ids_from_text(&ids).is_ok_and(|ids| !ids.is_empty()) || ids_from_text(&ids).is_err());
    }

    #[test]
    fn ids_come_back_from_their_text_and_no_other_text_gives_them(
        ids in prop::collection::btree_set(any::<u32>(), 1..20),
        at in any::<prop::sample::Index>(),
        odd in "[A-Za-z0-9_-]",
    ) {
        let ids: Vec<ElementId> = ids.into_iter().map(ElementId).collect();
        let text = ids_to_text(&ids);
        prop_assert_eq!(&text, &plain_base64url(&ids));
        prop_assert_eq!(ids_from_text(&text).unwrap(), ids);
        let mut other = text.clone();
        let at = at.index(text.len());
        other.replace_range(at..=at, &odd);
        prop_assert!(ids_from_text(&other).is_err() || ids_to_text(&ids_from_text(&other).unwrap()) == other);
    }
}

/// Base64url by its definition: the digits of the bits, six at a time, the last ones filled with zeros.
fn plain_base64url(ids: &[ElementId]) -> String {
    let mut bits: String = ids.iter().map(|id| format!("{:032b}", id.0)).collect();
    bits.extend(std::iter::repeat_n('0', (6 - bits.len() % 6) % 6));
    let digit = |at| match u8::from_str_radix(&bits[at..at + 6], 2).unwrap() {
        value @ 0..26 => b'A' + value,
        value @ 26..52 => b'a' + value - 26,
        value @ 52..62 => b'0' + value - 52,
        62 => b'-',
        _ => b'_',
    };
    (0..bits.len()).step_by(6).map(|at| char::from(digit(at))).collect()
}

#[test]
fn ids_of_another_form_are_refused_with_what_was_wanted() {
    let ids = |count| (0..count).map(|id| ElementId(id as u32)).collect::<Vec<_>>();
    assert_eq!(ids_to_text(&ids(MAX_IDS)).len(), 5_334);
    assert_eq!(ids_from_text(&ids_to_text(&ids(MAX_IDS))).unwrap().len(), MAX_IDS);
    let too_many = ids_to_text(&ids(MAX_IDS + 1));
    for (text, wanted) in [
        (too_many.as_str(), "ids has 5339 characters; wanted at most 5334, for 1000 ids"),
        ("", "ids, of 0 characters, is not a whole number of ids; wanted 4 bytes for each, and at least one"),
        ("AAAAA", "ids, of 5 characters, is not a whole number of ids; wanted 4 bytes for each, and at least one"),
        ("AAAAAAA", "ids, of 7 characters, is not a whole number of ids; wanted 4 bytes for each, and at least one"),
        ("AAAAAB", "ids, of 6 characters, is not a whole number of ids; wanted 4 bytes for each, and at least one"),
        ("AAAAAQ==", "ids has the character '=' at 6; wanted base64url without padding"),
        ("AA+AAQ", "ids has the character '+' at 2; wanted base64url without padding"),
        ("AAA\nAQ", "ids has the character '\\n' at 3; wanted base64url without padding"),
        ("AAAAAgAAAAE", "ids has 1 after 2; wanted ascending ids, each once"),
        ("AAAAAgAAAAI", "ids has 2 after 2; wanted ascending ids, each once"),
    ] {
        assert_eq!(ids_from_text(text).unwrap_err().to_string(), wanted, "{text}");
    }
}

#[test]
fn counts_are_those_of_the_rules() {
    for (records, cells) in [(0, 1_024), (512, 1_024), (513, 1_026), (8_192, 16_384), (u32::MAX, MAX_CELLS)] {
        assert_eq!(served_cells(records), cells);
    }
    assert_eq!([0, 1, 10, 1_263, 1_264, u32::MAX].map(opening_count), [18, 19, 34, 2_038, 2_040, 2_040]);
    assert_eq!([0, 10, u32::MAX].map(second_view_count), [18, 33, 2_040]);
    assert_eq!([0, 100, 1_505, 1_506, u32::MAX].map(cells_for_estimate), [8, 143, 2_039, 2_040, 2_040]);
    for (records, own_records, hopeless) in [
        (0, 0, false),
        (100, 20, false),
        (100, 19, true),
        (1, 0, true),
        (0, 1, true),
        (10, 310, false),
        (10, 311, true),
        (u32::MAX, u32::MAX, false),
        (u32::MAX, 0, true),
        (0, u32::MAX, true),
    ] {
        assert_eq!(is_hopeless(records, own_records), hopeless, "{records} {own_records}");
    }
    let outline = |records, counter: u8| Outline { records, counters: Counters::from_bytes([counter; 32]) };
    assert_eq!(estimate(outline(5, 0), outline(9, 0)), 4);
    assert_eq!(estimate(outline(5, 127), outline(5, 129)), 2 * 32 * 4, "127 and -127 are two apart");
    assert_eq!(estimate(outline(u32::MAX, 128), outline(0, 0)), u32::MAX);
    assert_eq!(estimate(outline(0, 128), outline(0, 0)), 2 * 32 * 128 * 128);
}

#[test]
fn zero_cells_tell_how_many_differences_are_not_noted() {
    assert_eq!([0, 2].map(|zeros| cells_for_zeros(100, zeros)), [200, 200]);
    for (cells, differing) in [(40, 60), (160, 150), (2_040, 3_000), (10_000, 12_000)] {
        let pair = Pair::drawn(&mut Draw(3), differing, 0);
        let decoded = pair.decoded(&pair.sums(View::ByTime, cells), usize::MAX);
        let wanted = 138 * (differing - decoded.noted.len()) as u32 / 100;
        let guess = cells_for_zeros(cells, decoded.zeros_in_upper_half);
        assert!(wanted / 2 < guess && guess < wanted * 2, "{guess} for {wanted}");
    }
    for cells in [0, 1, 7, MAX_CELLS] {
        assert!(cells_for_zeros(cells, u32::MAX) <= 10 && cells_for_zeros(cells, 3) >= 10, "{cells}");
    }
}
