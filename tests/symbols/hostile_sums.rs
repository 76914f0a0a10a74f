//! Bodies and sums that no set has: they are refused or decoded to nothing that is believed, and always end.

use dbsharing::limits::MAX_CELLS;
use dbsharing::symbols::{Body, BodyFault, Decoding, ElementId, Own, P, Residue, Symbols, View, encode, is_of_symbols};
use proptest::prelude::*;

use crate::differing::Draw;

fn good(from: u32) -> Vec<u8> {
    let mut symbols = Symbols::new(View::ByTime, 40);
    symbols.apply(ElementId(1), Residue::ZERO, Residue::from(7));
    encode(&symbols, from..from + 20, 1).unwrap()
}

fn with(mut body: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    body[at..at + bytes.len()].copy_from_slice(bytes);
    body
}

fn refusal(body: &[u8], view: View, from: u32) -> String {
    let fault = Body::parse(body, view, from).unwrap_err();
    fault.to_string()
}

#[test]
fn a_body_that_is_not_what_was_asked_for_is_refused_with_what_is_wrong_and_where() {
    let (view, opening, later) = (View::ByTime, good(0), good(20));
    assert!(Body::parse(&opening, view, 0).is_ok() && Body::parse(&later, view, 20).is_ok());
    let great = P.to_le_bytes();
    for (body, from, wanted) in [
        (vec![], 0, "has 0 bytes; wanted at least 16"),
        (opening[..15].to_vec(), 0, "has 15 bytes; wanted at least 16"),
        (b"[{\"data\":{}}]".to_vec(), 0, "begins with the bytes 5b 7b 22 64; wanted 64 62 73 and 10 or 11"),
        (with(opening.clone(), 3, &[0x12]), 0, "begins with the bytes 64 62 73 12; wanted 64 62 73 and 10 or 11"),
        (with(opening.clone(), 3, &[0x0f]), 0, "begins with the bytes 64 62 73 0f; wanted 64 62 73 and 10 or 11"),
        (with(opening.clone(), 3, &[0x11]), 0, "is of view 1 (byte 3); wanted view 0"),
        (later.clone(), 0, "begins with cell 20 (byte 4); wanted cell 0"),
        (opening.clone(), 20, "begins with cell 0 (byte 4); wanted cell 20"),
        (with(opening.clone(), 8, &[0]), 0, "has 0 cells (byte 8); wanted at least 1"),
        (with(later.clone(), 9, &[255]), 20, "has 65300 cells from cell 20 on (byte 8); wanted none beyond cell 16383"),
        (
            with(later.clone(), 8, &[255; 4]),
            20,
            "has 4294967295 cells from cell 20 on (byte 8); wanted none beyond cell 16383",
        ),
        (with(opening.clone(), 8, &[21]), 0, "has 320 bytes; wanted 332, for 21 cells"),
        (opening[..319].to_vec(), 0, "has 319 bytes; wanted 320, for 20 cells"),
        ([&later[..], &[0]].concat(), 20, "has 257 bytes; wanted 256, for 20 cells"),
        (
            with(opening.clone(), 80, &great[..6]),
            0,
            "has the sum 281474976710597 at byte 80; wanted a number below 281474976710597",
        ),
        (
            with(later.clone(), 250, &[255; 6]),
            20,
            "has the sum 281474976710655 at byte 250; wanted a number below 281474976710597",
        ),
    ] {
        assert_eq!(refusal(&body, view, from), format!("the body of symbols {wanted}"));
    }
}

#[test]
fn the_last_cells_can_be_sent_and_none_beyond_them() {
    let symbols = Symbols::new(View::ByContent, u32::MAX);
    assert_eq!(symbols.cells().range(), 0..MAX_CELLS);
    let last = encode(&symbols, MAX_CELLS - 1..MAX_CELLS, 0).unwrap();
    assert!(Body::parse(&last, View::ByContent, MAX_CELLS - 1).is_ok());
    let beyond = with(last, 4, &MAX_CELLS.to_le_bytes());
    let fault = Body::parse(&beyond, View::ByContent, MAX_CELLS).unwrap_err();
    assert_eq!(fault, BodyFault::Count { from: MAX_CELLS, count: 1 });
    for range in [0..0, 5..MAX_CELLS + 1, MAX_CELLS..MAX_CELLS, MAX_CELLS..u32::MAX] {
        assert_eq!(encode(&symbols, range, 0), None);
    }
}

#[test]
fn the_first_four_bytes_tell_symbols_from_json() {
    assert!(is_of_symbols(*b"dbs\x10") && is_of_symbols(*b"dbs\xff"));
    assert!(!is_of_symbols(*b"[{\"d") && !is_of_symbols(*b"    "));
}

#[test]
fn cells_of_another_view_or_with_a_gap_are_not_joined() {
    let symbols = Symbols::new(View::ByTime, 30);
    let body = |view, from| Body::parse(&encode(&Symbols::new(view, 40), from..40, 0).unwrap(), view, from).unwrap();
    for (view, from) in [(View::ByTime, 29), (View::ByTime, 31), (View::ByContent, 30)] {
        assert!(!symbols.clone().append(&body(view, from).cells), "{view:?} {from}");
    }
    assert!(symbols.clone().append(&body(View::ByTime, 30).cells));
    assert_eq!(body(View::ByTime, 30).into_symbols(), None);
}

/// A body with these sums, whatever they are.
pub fn body_of(view: View, cells: &[[u64; 2]], opening: &[u8; 64]) -> Vec<u8> {
    let mut body = [b"dbs".as_slice(), &[16 + view.number()]].concat();
    [0, cells.len() as u32, 9].iter().for_each(|number| body.extend(number.to_le_bytes()));
    body.extend(opening);
    cells.iter().flatten().for_each(|sum| body.extend(&(sum % P).to_le_bytes()[..6]));
    body
}

/// Decodes hostile sums against nothing; returns how many steps of one test it took.
pub fn decode(view: View, body: &[u8], budget: usize) -> usize {
    let theirs = Body::parse(body, view, 0).unwrap().into_symbols().unwrap();
    let cells = theirs.cells().range().len();
    let mut decoding = Decoding::new(&theirs, &Symbols::new(view, MAX_CELLS)).unwrap();
    let mut steps = 1;
    while decoding.step(budget, |_id| Own { value: Residue::from(3), records: 1 }) {
        steps += 1;
    }
    assert!(!decoding.step(budget, |id| panic!("{id:?} is looked up after the end")));
    let decoded = decoding.into_decoded();
    assert!(decoded.noted.len() <= 2 * cells);
    assert!(decoded.noted.is_sorted_by(|one, next| one.id < next.id), "each id once");
    assert!(!decoded.is_complete || decoded.are_all_zero);
    steps
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_parsed_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        head in prop::option::of((0x0f..0x13_u8, 0..3_u32, 0..40_u32)),
        from in 0..3_u32,
    ) {
        let mut body = bytes;
        if let Some((format, its_from, count)) = head {
            let head = [&b"dbs"[..], &[format], &its_from.to_le_bytes(), &count.to_le_bytes()].concat();
            body.splice(..body.len().min(12), head);
            body.resize(16 + if its_from == 0 { 64 } else { 0 } + 12 * count as usize, 7);
        }
        for view in View::ALL {
            match Body::parse(&body, view, from) {
                Ok(parsed) => {
                    let cells = parsed.cells.range();
                    prop_assert_eq!(body.len(), 16 + if from == 0 { 64 } else { 0 } + 12 * cells.len());
                    prop_assert_eq!(cells.start, from);
                }
                Err(fault) => prop_assert!(fault.to_string().contains("; wanted ")),
            }
        }
    }

    #[test]
    fn any_cells_counters_and_check_are_decoded_to_an_end(
        view in prop::sample::select(View::ALL.to_vec()),
        // Random sums, sums that repeat, zeros, and sums as of single elements with small ids.
        cells in prop::collection::vec(prop_oneof![
            any::<[u64; 2]>(), Just([1, 1]), Just([0, 5]), Just([0, 0]), Just([P - 1, 0]),
            (1..P, 0..9_u64).prop_map(|(b, id)| [b, (u128::from(b) * u128::from(id) % u128::from(P)) as u64]),
        ], 1..200),
        opening in prop::array::uniform32(any::<[u8; 2]>()),
        budget in 0..300_usize,
    ) {
        let opening = std::array::from_fn(|at| opening[at / 2][at % 2]);
        decode(view, &body_of(view, &cells, &opening), budget);
    }
}

/// Cells of which each looks like another single element, so that subtracting one spoils others.
pub fn all_pure(cells: u64, ids: impl Fn(u64) -> u64) -> Vec<[u64; 2]> {
    let mut draw = Draw(5);
    let cell = |at| {
        let b = draw.value().get();
        [b, (u128::from(b) * u128::from(ids(at)) % u128::from(P)) as u64]
    };
    (0..cells).map(cell).collect()
}

#[test]
fn cells_that_all_look_pure_end_after_twice_as_many_as_there_are() {
    for cells in [all_pure(2_048, |_| 5), all_pure(2_048, |at| at % 7), all_pure(2_048, |at| at * 77_777 % 0xffff_ffff)]
    {
        let steps = decode(View::ByTime, &body_of(View::ByTime, &cells, &[0; 64]), 1_000);
        assert!(steps < 3_000, "{steps}");
    }
}

#[test]
fn cells_that_are_all_accounted_for_are_whole_only_if_the_check_confirms_it() {
    let body = good(0);
    let changed = [48, 79].map(|at| with(body.clone(), at, &[body[at] ^ 1]));
    for (body, is_complete) in [&body, &changed[0], &changed[1]].into_iter().zip([true, false, false]) {
        let theirs = Body::parse(body, View::ByTime, 0).unwrap().into_symbols().unwrap();
        let mut decoding = Decoding::new(&theirs, &Symbols::new(View::ByTime, 40)).unwrap();
        while decoding.step(1, |_id| Own::default()) {}
        let decoded = decoding.into_decoded();
        assert_eq!((decoded.noted.len(), decoded.are_all_zero, decoded.is_complete), (1, true, is_complete));
    }
}

/// Cell 1 has the element 1 alone. Without it, cell 0 has b = 2 and an odd a, which no element gives; but a divided by
/// the 3 that b was before is an id, which is not in cell 1.
#[test]
fn a_cell_that_changed_after_it_was_chosen_is_not_judged_by_what_it_was() {
    let body = body_of(View::ByTime, &[[3, 1 + 3 * 0xffff_ffff], [1, 1]], &[0; 64]);
    let theirs = Body::parse(&body, View::ByTime, 0).unwrap().into_symbols().unwrap();
    let mut decoding = Decoding::new(&theirs, &Symbols::new(View::ByTime, 2)).unwrap();
    while decoding.step(1, |_id| Own::default()) {}
    let noted = decoding.into_decoded().noted;
    assert_eq!(noted.iter().map(|noted| (noted.id.0, noted.theirs.get())).collect::<Vec<_>>(), [(1, 1)]);
}

#[test]
fn a_step_does_about_as_much_as_it_is_given() {
    let mut theirs = Symbols::new(View::ByTime, 1_500);
    let mut draw = Draw(6);
    (0..1_000).for_each(|_| theirs.apply(draw.id(), Residue::ZERO, draw.value()));
    let mut decoding = Decoding::new(&theirs, &Symbols::new(View::ByTime, 1_500)).unwrap();
    let (mut steps, mut most_looked_up) = (1, 0);
    loop {
        let mut looked_up = 0;
        let has_more = decoding.step(100, |_id| {
            looked_up += 1;
            Own::default()
        });
        most_looked_up = most_looked_up.max(looked_up);
        if !has_more {
            break;
        }
        steps += 1;
    }
    assert!(decoding.into_decoded().is_complete);
    assert!(steps > 100 && most_looked_up < 10, "{steps} {most_looked_up}");
}
