use std::collections::BTreeMap;

use super::*;
use crate::record::{ContentId, SignatureTail, TimestampMs, Version};

fn held(ms: u64, tail: u8) -> Held {
    let version = Version { timestamp: TimestampMs(ms), content: ContentId([tail; 32]) };
    Held { version, signature: (tail > 0).then_some(SignatureTail([tail; 16])) }
}

fn insert(table: &mut Table, hash: KeyHash, held: &Held) -> bool {
    table.insert(hash, held, &mut NameAt::default)
}

#[test]
fn keys_that_differ_in_one_byte_are_different() {
    let mut table = Table::default();
    let key = |at: usize| KeyHash(std::array::from_fn(|byte| u8::from(byte == at)));
    (0..32).for_each(|at| assert!(!insert(&mut table, key(at), &held(at as u64, 0)), "{at}"));
    (0..32).for_each(|at| assert_eq!(table.get(&key(at)).map(HeldSlot::held), Some(held(at as u64, 0))));
    table.remove(&key(31));
    assert_eq!((table.len(), table.get(&key(31)).is_none()), (31, true));
}

#[test]
fn it_holds_what_a_map_holds() {
    let (mut table, mut map) = (Table::default(), BTreeMap::new());
    for number in 0..20_000_u64 {
        let key = KeyHash::of(&(number * 7919 % 6000).to_string());
        if number % 5 == 4 {
            table.remove(&key);
            map.remove(&key);
        } else {
            let held = held(number, (number % 3) as u8);
            assert_eq!(insert(&mut table, key, &held), map.insert(key, held).is_some());
        }
        assert_eq!(table.len(), map.len());
    }
    for number in 0..6000 {
        let key = KeyHash::of(&number.to_string());
        assert_eq!(table.get(&key).map(HeldSlot::held), map.get(&key).copied());
    }
    let keys: Vec<KeyHash> =
        (0..BUCKETS).flat_map(|bucket| table.bucket(bucket).map(|slot| slot.key).collect::<Vec<_>>()).collect();
    assert!(keys.iter().eq(map.keys()), "ascending through all buckets");
    assert!(keys.iter().all(|key| table.with_id(ElementId::of(key)).any(|slot| slot.key == *key)));
    let rooms = (0..).take_while(|number| table.slots.get(*number).is_some()).count();
    assert!(rooms <= 6_000, "{rooms}: what is forgotten makes room");
}

#[test]
fn what_stays_marked_is_known() {
    let mut table = Table::default();
    let key = |number: u32| KeyHash::of(&number.to_string());
    assert!((0..100).all(|number| !insert(&mut table, key(number), &held(1, 1))));
    table.mark_all();
    assert_eq!(table.get(&key(1)).map(HeldSlot::held), Some(held(1, 1)), "a mark changes nothing else");
    assert!(table.unmark(&key(1)));
    assert!(!table.unmark(&key(1)) && !table.unmark(&key(100)));
    insert(&mut table, key(2), &held(2, 2));
    assert_eq!(table.marked().len(), 98);
    table.marked().iter().for_each(|key| assert!(table.remove(key).is_some()));
    assert_eq!((table.marked().len(), table.len()), (0, 2));
}

#[test]
fn what_joins_is_told_from_what_was_there() {
    let mut table = Table::default();
    let key = |number: u64| KeyHash::of(&number.to_string());
    let was_there =
        |table: &Table, number, since: Generation| table.get(&key(number)).is_some_and(|entry| since.is_after(entry));
    insert(&mut table, key(0), &held(5, 1));
    let since = table.begin_generation();
    assert_eq!(table.begin_generation(), since, "nothing has joined");
    insert(&mut table, key(1), &held(5, 1));
    insert(&mut table, key(0), &held(6, 1));
    assert!(was_there(&table, 0, since), "a greater version of what was there");
    assert!(!was_there(&table, 1, since));
    insert(&mut table, key(0), &held(5, 1));
    assert!(!was_there(&table, 0, since), "a lesser one is not what was there");
    assert_eq!(table.get(&key(0)).map(HeldSlot::held), Some(held(5, 1)), "a generation changes nothing else");
}

#[test]
fn generations_begin_anew_and_earlier_ones_are_not_remembered() {
    let mut table = Table::default();
    let key = |number: u64| KeyHash::of(&number.to_string());
    let first = table.begin_generation();
    for number in 0..GENERATIONS {
        assert!(table.remembers(first), "generation {number}");
        insert(&mut table, key(number), &held(1, 1));
        assert_ne!(table.begin_generation(), first);
    }
    insert(&mut table, key(GENERATIONS), &held(1, 1));
    let anew = table.begin_generation();
    assert!(table.remembers(anew) && !table.remembers(first));
    let all = |table: &Table| (0..=GENERATIONS).all(|number| table.get(&key(number)).is_some_and(|e| anew.is_after(e)));
    assert!(all(&table), "they are all there");
    insert(&mut table, key(GENERATIONS + 1), &held(1, 1));
    assert!(!table.get(&key(GENERATIONS + 1)).is_some_and(|entry| anew.is_after(entry)));
}
