//! The same sums, written a second time as the rules read: whole numbers of 128 bits and more, maps, and no tables.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use sha2::{Digest as _, Sha256};

/// 2^48 − 59.
pub const MODULUS: u128 = 281_474_976_710_597;

/// The elements of a set: their values by their ids.
pub type Elements = BTreeMap<u32, u64>;

fn mixed(mut word: u128) -> u128 {
    const WORD: u128 = 1 << 32;
    word ^= word >> 16;
    word = word * 0x85eb_ca6b % WORD;
    word ^= word >> 13;
    word = word * 0xc2b2_ae35 % WORD;
    word ^ (word >> 16)
}

/// The greatest number whose square is not above this one.
fn root(square: u128) -> u128 {
    let mut root = (square as f64).sqrt() as u128;
    while root * root > square {
        root -= 1;
    }
    while (root + 1) * (root + 1) <= square {
        root += 1;
    }
    root
}

/// The cells of an id below `end`.
pub fn walk(view: u8, id: u32, end: u128) -> Vec<u128> {
    let seed = if view == 0 { 0x243f_6a88 } else { 0x85a3_08d3 };
    let (mut state, mut at, mut cells) = (mixed(u128::from(id) ^ seed), 0, Vec::new());
    while at < end {
        cells.push(at);
        state = (state + 0x9e37_79b9) % (1 << 32);
        let jump = root((1 << 44) / (2 * (mixed(state) / (1 << 21)) + 1));
        at = ((2 * at + 3) * jump / 65_536 - 1) / 2;
    }
    cells
}

/// b and a of the cells below `end`.
pub fn cells(view: u8, elements: &Elements, end: u128) -> Vec<(u128, u128)> {
    let mut sums = vec![(0, 0); end as usize];
    for (id, value) in elements {
        for at in walk(view, *id, end) {
            let (b, a) = &mut sums[at as usize];
            *b = (*b + u128::from(*value)) % MODULUS;
            *a = (*a + u128::from(*id) * u128::from(*value)) % MODULUS;
        }
    }
    sums
}

fn counters(elements: &Elements) -> Vec<u8> {
    let mut counters = [0_i64; 32];
    for (id, value) in elements {
        let (low, high) = (u128::from(*value) % (1 << 32), u128::from(*value) / (1 << 32));
        let place = mixed(u128::from(*id) ^ 0x5bd1_e995);
        if mixed(low ^ mixed(high)) % 2 == 1 {
            counters[(place % 32) as usize] += if place / 32 % 2 == 1 { -1 } else { 1 };
        }
    }
    counters.iter().map(|counter| counter.rem_euclid(256) as u8).collect()
}

/// The hash of an element, as a number.
fn hash(view: u8, id: u32, value: u64) -> BigUint {
    let mut bytes = b"dbsharing/1 symbols\n".to_vec();
    bytes.push(view);
    bytes.extend(id.to_be_bytes());
    bytes.extend(&value.to_be_bytes()[2..]);
    BigUint::from_bytes_le(&Sha256::digest(bytes))
}

fn check(view: u8, elements: &Elements) -> Vec<u8> {
    let sum: BigUint = elements.iter().map(|(id, value)| hash(view, *id, *value)).sum();
    let mut bytes = (sum % (BigUint::from(1_u8) << 256_u32)).to_bytes_le();
    bytes.resize(32, 0);
    bytes
}

/// The body with the cells from `from` to `end`.
pub fn body(view: u8, elements: &Elements, (from, end): (u32, u32), records: u32) -> Vec<u8> {
    let mut body = b"dbs".to_vec();
    body.push(16 + view);
    [from, end - from, records].iter().for_each(|number| body.extend(number.to_le_bytes()));
    if from == 0 {
        body.extend(counters(elements));
        body.extend(check(view, elements));
    }
    for (b, a) in &cells(view, elements, end.into())[from as usize..] {
        body.extend(&b.to_le_bytes()[..6]);
        body.extend(&a.to_le_bytes()[..6]);
    }
    body
}

/// `number` to the power P − 2, which by Fermat is its inverse.
pub fn inverse(number: u128) -> u128 {
    let (mut result, mut base, mut exponent) = (1, number, MODULUS - 2);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * base % MODULUS;
        }
        base = base * base % MODULUS;
        exponent /= 2;
    }
    result
}

/// What is found in difference cells: the first pure cell is subtracted from its cells, again and again. `None` unless
/// all cells become zero.
pub fn decoded(view: u8, mut cells: Vec<(u128, u128)>) -> Option<Elements> {
    let mut found = Elements::new();
    let end = cells.len() as u128;
    for _ in 0..2 * cells.len() {
        let pure = (0..cells.len()).find_map(|at| {
            let (b, a) = cells[at];
            let id = u32::try_from(a * inverse(b) % MODULUS).ok()?;
            (b != 0 && walk(view, id, end).contains(&(at as u128))).then_some((id, b))
        });
        let Some((id, value)) = pure else { break };
        for at in walk(view, id, end) {
            let (b, a) = &mut cells[at as usize];
            *b = (*b + MODULUS - value) % MODULUS;
            *a = (*a + MODULUS - u128::from(id) * value % MODULUS) % MODULUS;
        }
        let noted = found.entry(id).or_default();
        *noted = ((u128::from(*noted) + value) % MODULUS) as u64;
    }
    found.retain(|_, value| *value != 0);
    cells.iter().all(|cell| *cell == (0, 0)).then_some(found)
}
