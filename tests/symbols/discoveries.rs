//! The course of discoveries: when they ask for more, when they end, and what they cost.

use dbsharing::limits::{DEFAULT_CELLS, MAX_CELLS, MAX_IDS_AN_EXCHANGE};
use dbsharing::symbols::{
    Answered, Decoded, Discovery, ElementId, Kind, Next, Noted, Residue, View, second_view_count,
};

use crate::differing::{Draw, Pair, discover};

/// A decoding that is not complete.
fn decoded(cells: u32, noted: u32) -> Decoded {
    let unseen = |id| Noted { id: ElementId(id), own: Residue::ZERO, theirs: Residue::ONE, kind: Kind::Unseen };
    let noted = (0..noted).map(unseen).collect();
    Decoded { noted, is_complete: false, are_all_zero: false, cells, zeros_in_upper_half: 0 }
}

/// An answer of a set of 100 000 records, as many as this node has.
fn answered(decoded: &Decoded, estimate: u32) -> Answered<'_> {
    Answered { records: 100_000, own_records: 100_000, estimate, decoded }
}

fn next(discovery: &mut Discovery, cells: u32, noted: u32, estimate: u32) -> Next {
    discovery.judge(answered(&decoded(cells, noted), estimate))
}

#[test]
fn a_whole_difference_ends_a_discovery_unless_it_is_too_much_to_ask_for() {
    for (noted, end) in [(MAX_IDS_AN_EXCHANGE, Next::Whole), (MAX_IDS_AN_EXCHANGE + 1, Next::TooMuch)] {
        let decoded = Decoded { is_complete: true, ..decoded(18, noted as u32) };
        for is_audit in [false, true] {
            let mut discovery = Discovery::new(View::ByContent, is_audit);
            assert_eq!(discovery.judge(Answered { own_records: 0, ..answered(&decoded, 0) }), end);
        }
    }
    assert_eq!(next(&mut Discovery::new(View::ByTime, false), 18, MAX_IDS_AN_EXCHANGE as u32 + 1, 0), Next::TooMuch);
}

#[test]
fn the_first_answer_is_followed_by_what_the_estimate_says_and_later_ones_by_twice_as_many() {
    let mut discovery = Discovery::new(View::ByTime, false);
    assert_eq!(next(&mut discovery, 18, 0, 1_000), Next::Ask(18..1_358));
    assert_eq!(next(&mut discovery, 1_358, 0, 1_000), Next::Ask(1_358..2_716));
    let few = Decoded { zeros_in_upper_half: 1_000, ..decoded(2_716, 0) };
    // About 318 are left, for which there are cells enough: half as many again.
    assert_eq!(discovery.judge(answered(&few, 1_000)), Next::Ask(2_716..4_074));
    assert_eq!(next(&mut discovery, 4_074, 0, 2_000), Next::Ask(4_074..6_122), "one body has 2 048 cells");
}

#[test]
fn at_least_a_tenth_more_is_asked_for_and_half_as_many_again_after_a_late_answer() {
    let first = |cells, noted, estimate| next(&mut Discovery::new(View::ByTime, false), cells, noted, estimate);
    assert_eq!(first(18, 0, 9), Next::Ask(18..26), "8 at least");
    assert_eq!(first(1_000, 0, 740), Next::Ask(1_000..1_100), "1 007 are wanted");
    assert_eq!(first(1_000, 0, 734), Next::Ask(1_000..1_500), "no more are wanted");
    assert_eq!(first(1_000, 334, 740), Next::Ask(1_000..1_500), "a third of the cells gave something");
    assert_eq!(first(1_000, 333, 740), Next::Ask(1_000..1_100));
    let zero = Decoded { are_all_zero: true, ..decoded(100, 5) };
    assert_eq!(Discovery::new(View::ByTime, false).judge(answered(&zero, 80)), Next::Ask(100..150));
}

#[test]
fn a_discovery_is_stuck_after_three_late_answers_or_with_far_more_cells_than_differences() {
    let mut discovery = Discovery::new(View::ByTime, false);
    let late: Vec<Next> = [18, 27, 41].map(|cells| next(&mut discovery, cells, 14, 10)).to_vec();
    assert_eq!(late, [Next::Ask(18..27), Next::Ask(27..54), Next::Stuck]);
    let mut discovery = Discovery::new(View::ByTime, false);
    let far: Vec<Next> = [18, 200, 432].map(|cells| next(&mut discovery, cells, 0, 100)).to_vec();
    assert_eq!(far, [Next::Ask(18..143), Next::Ask(200..400), Next::Stuck]);
}

#[test]
fn a_discovery_ends_with_its_sixth_answer_and_with_the_last_cell_that_is_served() {
    for (late, end) in [(0, Next::TooMuch), (1, Next::Stuck)] {
        for is_audit in [false, true] {
            let mut discovery = Discovery::new(View::ByContent, is_audit);
            let mut answer = |at: u32| next(&mut discovery, 500 + at, if at < late { 400 } else { 0 }, 10_000);
            (0..5).for_each(|at| assert!(matches!(answer(at), Next::Ask(_)), "{at}"));
            assert_eq!(answer(5), end, "{is_audit}");
        }
    }
    assert_eq!(next(&mut Discovery::new(View::ByTime, false), MAX_CELLS, 0, 50_000), Next::TooMuch);
    let small = decoded(1_024, 0);
    let of_few = Answered { records: 500, own_records: 500, estimate: 900, decoded: &small };
    assert_eq!(Discovery::new(View::ByTime, false).judge(of_few), Next::TooMuch);
    assert_eq!(Discovery::new(View::ByContent, true).judge(of_few), Next::TooMuch);
    let smaller = decoded(1_000, 0);
    let next = Discovery::new(View::ByTime, false).judge(Answered { decoded: &smaller, ..of_few });
    assert_eq!(next, Next::Ask(1_000..1_024), "no more are served");
}

#[test]
fn sets_of_very_different_sizes_are_too_much_but_not_for_an_audit() {
    let decoded = decoded(18, 0);
    let hopeless = Answered { records: 5_000, own_records: 900, ..answered(&decoded, 4_100) };
    assert_eq!(Discovery::new(View::ByTime, true).judge(hopeless), Next::TooMuch);
    assert_eq!(Discovery::new(View::ByContent, true).judge(hopeless), Next::Ask(18..2_040));
    for (records, own_records) in [(100_000, 10_000), (100, 1_200)] {
        let untellable = Answered { records, own_records, ..answered(&decoded, 100) };
        assert_eq!(Discovery::new(View::ByTime, true).judge(untellable), Next::TooMuch);
        assert_eq!(Discovery::new(View::ByContent, true).judge(untellable), Next::TooMuch, "no cells tell it");
    }
}

#[test]
fn an_audit_goes_on_with_four_times_as_many_cells_where_another_discovery_is_stuck() {
    let mut discovery = Discovery::new(View::ByContent, true);
    let asked: Vec<Next> = [18, 27, 108].map(|cells| next(&mut discovery, cells, 0, 1)).to_vec();
    assert_eq!(asked[..2], [Next::Ask(18..27), Next::Ask(27..54)], "the second one was not late");
    let mut discovery = Discovery::new(View::ByContent, true);
    let asked = [18, 27, 108, 432, 1_728].map(|cells| next(&mut discovery, cells, cells / 2, 1));
    assert_eq!(asked.map(|next| if let Next::Ask(range) = next { range.end } else { 0 }), [27, 108, 432, 1_728, 3_776]);
    assert_eq!(next(&mut Discovery::new(View::ByContent, true).after(1), 18, 9, 1), Next::Ask(18..72), "not the first");
}

#[test]
fn a_set_that_changed_meanwhile_is_asked_for_anew_and_not_for_ever() {
    let mut discovery = Discovery::new(View::ByTime, false);
    assert_eq!(next(&mut discovery, 18, 0, 1_000), Next::Ask(18..1_358));
    (0..4).for_each(|_| assert_eq!(discovery.begin_anew(100_000), Next::Ask(0..1_358)));
    assert_eq!(discovery.begin_anew(100_000), Next::TooMuch);
    let mut late = Discovery::new(View::ByTime, false);
    assert_eq!(next(&mut late, 18, 0, 0), Next::Ask(18..27));
    (0..4).for_each(|_| assert_eq!(late.begin_anew(0), Next::Ask(0..27)));
    assert_eq!(late.begin_anew(0), Next::Stuck);
}

/// Mean bytes and requests of several exchanges about edits, all of which are found: in view 0, or else in view 1.
pub fn mean_cost(differing: usize, runs: usize) -> (f64, f64) {
    let mut draw = Draw(differing as u64);
    let (mut bytes, mut requests) = (0, 0);
    for _ in 0..runs {
        let mut pair = Pair::default();
        while pair.differing.len() < differing {
            pair.differing.insert(draw.id(), (draw.value(), draw.value()));
        }
        let mut discovered = discover(&pair, View::ByTime, false, DEFAULT_CELLS);
        if discovered.end != Next::Whole {
            bytes += discovered.bytes;
            requests += discovered.requests;
            let count = second_view_count(discovered.decoded.noted.len() as u32);
            discovered = discover(&pair, View::ByContent, false, count);
        }
        assert!(pair.is_found_in(&discovered.decoded));
        bytes += discovered.bytes;
        requests += discovered.requests;
    }
    (bytes as f64 / runs as f64, requests as f64 / runs as f64)
}

#[test]
fn edits_are_found_with_few_bytes() {
    assert_eq!(mean_cost(1, 50), (296.0, 1.0));
    for (differing, runs, most_bytes, most_requests) in
        [(10, 100, 400.0, 1.6), (100, 50, 2_600.0, 2.9), (1_000, 3, 25_000.0, 3.7)]
    {
        let (bytes, requests) = mean_cost(differing, runs);
        assert!(bytes < most_bytes && requests < most_requests, "{differing}: {bytes} bytes, {requests} requests");
    }
}
