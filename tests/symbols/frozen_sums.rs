//! The frozen vectors of symbols: two nodes that computed anything else would not understand each other.

use std::collections::BTreeMap;

use dbsharing::json::Json;
use dbsharing::node::{Held, Holdings, SlotKey};
use dbsharing::record::{ContentId, KeyHash, RecordKey, TimestampMs, Version};
use dbsharing::symbols::{
    Body, Counters, Decoding, ElementId, Kind, Outline, Own, Residue, Symbols, View, Walk, encode, estimate, fmix,
    jumps,
};
use sha2::{Digest as _, Sha256};

const FROZEN: &str = include_str!("../vectors/symbols.json");

fn section(name: &str) -> Json<'static> {
    Json::parse(FROZEN).unwrap().member(name).unwrap()
}

fn text(object: Json<'_>, name: &str) -> String {
    object.member(name).unwrap().to_str().unwrap().into_owned()
}

fn number(json: Json<'_>) -> u64 {
    json.text().parse().unwrap()
}

fn numbers(json: Json<'_>) -> Vec<u64> {
    json.elements().map(number).collect()
}

/// The elements of an array of pairs.
fn pairs(json: Json<'_>) -> Vec<(u64, u64)> {
    json.elements().map(numbers).map(|pair| (pair[0], pair[1])).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Records by their keys.
type Set = BTreeMap<String, Version>;

fn content_id(hex: &str) -> ContentId {
    ContentId(from_hex(hex).try_into().unwrap())
}

fn records(set: Json<'_>) -> Set {
    let record = |record: Json<'_>| {
        let timestamp = TimestampMs(number(record.member("timestamp").unwrap()));
        (text(record, "key"), Version { timestamp, content: content_id(&text(record, "contentId")) })
    };
    set.member("records").unwrap().elements().map(record).collect()
}

fn set_named(name: &str) -> Set {
    records(section("sets").member(name).unwrap())
}

fn id_of(key: &str) -> ElementId {
    ElementId::of(&KeyHash::of(key))
}

/// What a set has under each id.
fn elements(set: &Set, view: View) -> BTreeMap<ElementId, Own> {
    let mut elements = BTreeMap::<ElementId, Own>::new();
    for (key, version) in set {
        let own = elements.entry(id_of(key)).or_default();
        *own = Own { value: own.value.plus(view.value(version)), records: own.records + 1 };
    }
    elements
}

fn sums(set: &Set, view: View, cells: u32) -> Symbols {
    let mut symbols = Symbols::new(view, cells);
    elements(set, view).iter().for_each(|(id, own)| symbols.apply(*id, Residue::ZERO, own.value));
    symbols
}

#[test]
fn jumps_and_mixed_words_are_the_frozen_ones() {
    let (frozen, jumps) = (section("jumps"), jumps());
    let bytes: Vec<u8> = jumps.iter().flat_map(|jump| jump.to_le_bytes()).collect();
    assert_eq!(hex(&sha256(&bytes)), text(frozen, "sha256OfU32le"));
    let wide = jumps.map(u64::from);
    assert_eq!(wide[..4], numbers(frozen.member("first").unwrap()));
    assert_eq!(wide[2046..], numbers(frozen.member("last").unwrap()));
    for (word, mixed) in pairs(section("fmix")) {
        assert_eq!(u64::from(fmix(word as u32)), mixed, "{word}");
    }
}

#[test]
fn walks_are_the_frozen_ones() {
    for frozen in section("walks").elements() {
        let id = ElementId(number(frozen.member("k").unwrap()) as u32);
        for (view, name) in View::ALL.into_iter().zip(["view0", "view1"]) {
            let cells: Vec<u64> = Walk::new(view, id, 1_024).map(u64::from).collect();
            assert_eq!(cells, numbers(frozen.member(name).unwrap()), "{id:?} {name}");
        }
    }
}

#[test]
fn inverses_are_the_frozen_ones() {
    for (of, inverse) in pairs(section("inverse")) {
        let (of, inverse) = (Residue::new(of).unwrap(), Residue::new(inverse).unwrap());
        assert_eq!(of.inverse(), Some(inverse));
        assert_eq!(Residue::inverses([of, Residue::ZERO, inverse]), [inverse, Residue::ZERO, of]);
    }
}

#[test]
fn the_element_of_a_record_and_the_values_of_times_are_the_frozen_ones() {
    let frozen = section("record");
    // Its signature is made up, so that no rule accepts it, but its parts can be compared.
    let record = frozen.member("record").unwrap();
    let (data, public_key) = (record.member("data").unwrap(), text(record, "publicKey"));
    let uuid = text(data, "uuid");
    let key = RecordKey::new(&public_key, Some(&uuid));
    assert_eq!(key.as_str(), text(frozen, "key"));
    let key_bytes = bs58::decode(&public_key).into_vec().unwrap().try_into().unwrap();
    let content = ContentId::of(&key_bytes, &data.canonical());
    assert_eq!(content, content_id(&text(frozen, "contentId")));
    let version = Version { timestamp: TimestampMs(number(data.member("timestamp").unwrap())), content };
    for (view, (id, value)) in View::ALL.into_iter().zip(pairs(frozen.member("views").unwrap())) {
        assert_eq!((u64::from(id_of(key.as_str()).0), view.value(&version).get()), (id, value));
        assert_eq!(view.value_of_all([version].iter()).get(), value);
    }
    for (timestamp_ms, value) in pairs(section("times")) {
        let version = Version { timestamp: TimestampMs(timestamp_ms), content: ContentId([0xff; 32]) };
        assert_eq!(View::ByTime.value(&version).get(), value, "{timestamp_ms}");
    }
}

#[test]
fn the_sums_and_bodies_of_whole_sets_are_the_frozen_ones() {
    for (name, frozen) in section("sets").members() {
        let set = records(frozen);
        let mut holdings = Holdings::default();
        set.iter().for_each(|(key, version)| {
            holdings.apply(SlotKey::of(key), Held { version: *version, signature: None });
        });
        assert_eq!(holdings.digest().to_string(), text(frozen, "digest"));
        for (view, frozen) in View::ALL.into_iter().zip(frozen.member("views").unwrap().elements()) {
            assert_sums(&set, view, frozen, &format!("{} in {view:?}", name.text()));
        }
    }
}

fn assert_sums(set: &Set, view: View, frozen: Json<'_>, what: &str) {
    let elements = elements(set, view).into_iter().map(|(id, own)| (u64::from(id.0), own.value.get()));
    // Of a large set, the vectors list only the first ones.
    let listed = pairs(frozen.member("elements").unwrap());
    assert_eq!(elements.take(listed.len()).collect::<Vec<_>>(), listed, "{what}");
    let (symbols, records) = (sums(set, view, 4_096), set.len() as u32);
    assert_eq!(hex(&symbols.counters().to_bytes()), text(frozen, "counters"), "{what}");
    let mut check = symbols.check().to_le_bytes();
    check.reverse();
    assert_eq!(hex(&check), text(frozen, "check"), "{what}");
    let cells: Vec<String> =
        frozen.member("cells").unwrap().elements().map(|cell| cell.to_str().unwrap().into()).collect();
    let own_cells = symbols.cells().within(0..cells.len() as u32).unwrap();
    assert_eq!(own_cells.map(|cell| format!("{} {}", cell.b.get(), cell.a.get())).collect::<Vec<_>>(), cells, "{what}");
    let body = |range| encode(&symbols, range, records).unwrap();
    assert_eq!(hex(&body(0..18)), text(frozen, "segment 0+18"), "{what}");
    assert_eq!(hex(&sha256(&body(18..64))), text(frozen, "segment 18+46 sha256"), "{what}");
    assert_eq!(hex(&sha256(&body(0..4_096))), text(frozen, "segment 0+4096 sha256"), "{what}");
    // The same set in two parts, parsed and joined.
    let mut joined = Body::parse(&body(0..18), view, 0).unwrap().into_symbols().unwrap();
    let rest = Body::parse(&body(18..4_096), view, 18).unwrap();
    assert_eq!((rest.records, rest.opening), (records, None));
    assert!(joined.append(&rest.cells));
    assert_eq!(joined, symbols, "{what}");
}

/// The peer's set, as the vectors describe it.
fn set_of_the_peer(own: &Set) -> Set {
    const HOUR_MS: u64 = 3_600_000;
    let mut set = Set::new();
    for i in 0..297_u64 {
        let key = format!("three hundred/{}", i + 3);
        let mut version = own[&key];
        if i % 40 == 0 {
            let ms = version.timestamp.0;
            version.timestamp = TimestampMs(if i % 80 == 0 { ms + HOUR_MS } else { ms - HOUR_MS });
            version.content = ContentId(sha256(format!("{key} 1").as_bytes()));
        }
        set.insert(key, version);
    }
    set
}

#[test]
fn the_difference_of_two_sets_is_the_frozen_one() {
    let frozen = section("difference");
    let own = set_named("three hundred");
    let ours = sums(&own, View::ByTime, 1_024);
    let body = from_hex(&text(frozen, "peerSegment"));
    let parsed = Body::parse(&body, View::ByTime, 0).unwrap();
    let records = parsed.records;
    let theirs = parsed.into_symbols().unwrap();
    let [their_outline, our_outline] =
        [(records, &theirs), (300, &ours)].map(|(records, symbols)| Outline { records, counters: symbols.counters() });
    assert_eq!(u64::from(estimate(their_outline, our_outline)), number(frozen.member("estimate").unwrap()));

    let mut decoding = Decoding::new(&theirs, &ours).unwrap();
    let held = elements(&own, View::ByTime);
    while decoding.step(1, |id| held.get(&id).copied().unwrap_or_default()) {}
    let decoded = decoding.into_decoded();
    assert_eq!(decoded.is_complete, frozen.member("complete").unwrap().text() == "true");
    assert_eq!(decoded.cells, 64);
    let of = |is_asked: &dyn Fn(Kind) -> bool| -> Vec<u64> {
        decoded.noted.iter().filter(|noted| is_asked(noted.kind)).map(|noted| noted.id.0.into()).collect()
    };
    let kinds = [("unseen", Kind::Unseen), ("newer", Kind::Newer), ("older", Kind::Older), ("gone", Kind::Gone)];
    for (name, kind) in kinds {
        assert_eq!(of(&|found| found == kind), numbers(frozen.member(name).unwrap()), "{name}");
    }
    assert_eq!(of(&|kind| matches!(kind, Kind::Unseen | Kind::Newer)), numbers(frozen.member("missing").unwrap()));
    assert_eq!(of(&|kind| matches!(kind, Kind::Older | Kind::Gone)), numbers(frozen.member("extra").unwrap()));
    assert_eq!(
        decoded.wanted().map(|id| u64::from(id.0)).collect::<Vec<_>>(),
        numbers(frozen.member("missing").unwrap())
    );

    // All but the four new records, whose times and contents the vectors do not tell, are the set that they describe.
    let described = elements(&set_of_the_peer(&own), View::ByTime);
    for noted in decoded.noted.iter().filter(|noted| noted.kind != Kind::Unseen) {
        assert_eq!(noted.theirs, described.get(&noted.id).map_or(Residue::ZERO, |own| own.value), "{noted:?}");
    }
    let new: Vec<ElementId> = (0..4).map(|i| id_of(&format!("new/{i}"))).collect();
    assert!(decoded.noted.iter().all(|noted| new.contains(&noted.id) == (noted.kind == Kind::Unseen)));
    assert_eq!(Counters::from_bytes(theirs.counters().to_bytes()), theirs.counters());
}
