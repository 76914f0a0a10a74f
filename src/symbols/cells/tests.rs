//! Cells in chunks are as cells in one piece, and stay where they are.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[test]
fn growing_moves_no_cell_and_takes_the_memory_of_all_cells_at_most() {
    let mut cells = Cells::new(View::ByTime, 7..1_000);
    let places = |cells: &Cells| cells.chunks.iter().map(|chunk| chunk.as_ptr()).collect::<Vec<_>>();
    for end in [1_024, 1_500, 4_096, 4_097, 1, 16_000, u32::MAX] {
        let before = places(&cells);
        cells.grow(end);
        assert!(places(&cells).starts_with(&before), "moved by growing to {end}");
        assert!(cells.chunks.iter().all(|chunk| chunk.capacity() == CHUNK_CELLS), "{end}");
    }
    assert_eq!((cells.range(), cells.chunks.len()), (7..MAX_CELLS, 16));
    assert_eq!(cells.chunks.len() * CHUNK_CELLS * size_of::<Cell>(), 256 * 1024);
}

/// The place of a cell, or the end of a range.
fn places() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 0..8_000_u32, 1 => any::<u32>()]
}

proptest! {
    #[test]
    fn cells_in_chunks_are_as_in_one_piece(
        from in 0..1_500_u32,
        counts in vec(prop_oneof![0..40_u32, 1_000..1_050_u32, 0..3_000_u32], 0..4),
        one in places(),
        other in places(),
    ) {
        let plain: Vec<_> = (0..counts.iter().sum()).map(|at| Cell::of(ElementId(at), Residue::ONE)).collect();
        let end = from + plain.len() as u32;
        let part = |range: Range<u32>| {
            plain.get(range.start.checked_sub(from)? as usize..range.end.checked_sub(from)? as usize)
        };
        let of = |range: Range<u32>| Cells::of(View::ByTime, range.start, part(range).unwrap()).unwrap();
        let mut cells = of(from..from);
        for count in counts {
            let next = cells.range().end;
            prop_assert!(cells.append(&of(next..next + count)));
        }
        prop_assert!(cells.chunks.iter().all(|chunk| !chunk.is_empty() && chunk.capacity() <= CHUNK_CELLS));
        prop_assert!(cells == of(from..end) && cells.range() == (from..end) && cells.iter().eq(&plain));
        for at in [one, from, end] {
            prop_assert_eq!(cells.get(at), at.checked_sub(from).and_then(|at| plain.get(at as usize)));
        }
        for range in [one..other, other..one, one..one, from..one, one..end] {
            let within = cells.within(range.clone()).map(|cells| cells.copied().collect());
            prop_assert_eq!(within, part(range).map(<[Cell]>::to_vec));
        }
        let first = of(from..one.clamp(from, end));
        for (sum, difference) in [(cells.plus(&first), cells.minus(&first)), (first.plus(&cells), first.minus(&cells))] {
            prop_assert!(sum.unwrap().iter().copied().eq(first.iter().map(|cell| cell.plus(*cell))));
            prop_assert_eq!(difference.unwrap(), Cells::new(View::ByTime, first.range()));
        }
        cells.grow(one);
        prop_assert_eq!(cells.range(), from..end.max(one.min(MAX_CELLS)));
        let count = cells.range().len();
        prop_assert!(cells.iter().copied().eq(plain.into_iter().chain(std::iter::repeat(Cell::default())).take(count)));
    }

    #[test]
    fn an_element_is_in_the_cells_of_its_walk(
        id: u32,
        from in 0..5_000_u32,
        count in 0..5_000_u32,
        start in 0..5_000_u32,
    ) {
        let (id, end) = (ElementId(id), from + count);
        let mut cells = Cells::new(View::ByTime, from..end);
        cells.add_in(start..u32::MAX, id, Residue::ONE);
        let is_met = |at| at >= start && Walk::new(View::ByTime, id, end).meets(at);
        let wanted = (from..end).map(|at| if is_met(at) { Cell::of(id, Residue::ONE) } else { Cell::default() });
        prop_assert!(cells.iter().copied().eq(wanted));
    }
}
