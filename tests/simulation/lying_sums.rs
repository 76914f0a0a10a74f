//! Liars that speak symbols: what they say of their sets, and what they send when they are asked for it.

use std::ops::Range;

use dbsharing::limits::DEFAULT_CELLS;
use dbsharing::record::Version;
use dbsharing::symbols::{ElementId, Residue, Symbols, View, cells_accepted, encode};

use super::plan::Lie;
use super::records::Signed;
use super::scripted::Script;
use super::world::World;

/// How many cells a liar has.
const CELLS: u32 = 1_024;
/// Where the number of records, the check and the cells are in a body that begins with cell 0.
const RECORDS: Range<usize> = 12..16;
const CHECK: Range<usize> = 48..80;
const CELLS_FROM: usize = 80;

/// What a liar answers that was asked on this path; `None` if it was not asked for symbols.
pub fn lying_sums(world: &World, lie: Lie, path: &str, accept: Option<&str>, some: &[String]) -> Option<Script> {
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    let number =
        |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse::<u32>().ok());
    let asked = match place.rsplit('/').next()? {
        "all" => Some((View::ByTime, 0, accept.and_then(cells_accepted)?)),
        "symbols" => {
            let view = number("view").and_then(|view| View::numbered(u8::try_from(view).ok()?))?;
            Some((view, number("from")?, number("count").unwrap_or(DEFAULT_CELLS)))
        }
        "records" => None,
        _ => return None,
    };
    let is_later = !place.ends_with("/all");
    if lie == Lie::Unserved && is_later {
        let status = world.draw(|random| *random.pick(&[200, 301, 400, 404, 500]));
        return Some(Script::body("<html>").with_status(status));
    }
    Some(match asked {
        Some((view, from, count)) => cells(world, lie, view, from..(from + count).min(CELLS)),
        None if lie == Lie::Announced => match world.draw(|random| random.below(3)) {
            0 => Script::body("[]"),
            1 => Script::list(some),
            _ => Script::list(
                &some.iter().map(|text| text.replace("\"linktree\":[", "\"linktree\":[1,")).collect::<Vec<_>>(),
            ),
        },
        None => Script::list(some),
    })
}

fn cells(world: &World, lie: Lie, view: View, range: Range<u32>) -> Script {
    let answers = world.draw(|random| random.below(u64::MAX));
    let mut sums = sums_of(view, world.offered().iter().map(|record| &**record));
    if lie == Lie::Announced {
        // The same ones in every answer, as an honest peer would have them.
        (1..=5).for_each(|id: u32| sums.apply(ElementId(id << 27 | 7), Residue::ZERO, Residue::from(id << 16)));
    }
    let records = u32::try_from(world.offered().len()).unwrap_or(u32::MAX);
    let Some(mut body) = encode(&sums, range.clone(), records) else { return Script::body("").with_status(400) };
    if lie == Lie::Cells {
        spoil(world, &mut body, range.start == 0);
    }
    let tag = if lie == Lie::Shifting { answers } else { u64::from(records) };
    Script::bytes(&body).tagged(format!("W/\"1s-{tag:064x}\""))
}

fn sums_of<'r>(view: View, records: impl Iterator<Item = &'r Signed>) -> Symbols {
    let mut greatest = std::collections::BTreeMap::new();
    for record in records {
        let version = greatest.entry(record.key_hash.0).or_insert((record.key_hash, &record.version));
        version.1 = version.1.max(&record.version);
    }
    let mut sums = Symbols::new(view, CELLS);
    for (key_hash, version) in greatest.values() {
        if let Some(version) = Version::parse(version) {
            sums.apply(ElementId::of(key_hash), Residue::ZERO, view.value(&version));
        }
    }
    sums
}

/// Makes a good body another one.
fn spoil(world: &World, body: &mut Vec<u8>, is_opening: bool) {
    let from = if is_opening { CELLS_FROM } else { RECORDS.end };
    let how = world.draw(|random| random.below(8));
    let draw = || world.draw(|random| random.below(256)) as u8;
    match how {
        0 => body[from..].fill(0),
        1 => body[from..].iter_mut().for_each(|byte| *byte = draw() & 0x7f),
        2 => body[from..from + 6].fill(0xff),
        3 => drop(body.pop()),
        4 => body[RECORDS].fill(0x7f),
        5 if is_opening => body[CHECK].iter_mut().for_each(|byte| *byte = draw()),
        6 => body[3] ^= 1,
        _ => body.truncate(4),
    }
}
