//! Properties that hold for every input, with any bytes. The fuzz targets search for an input that breaks one;
//! `tests/corpus.rs` runs the inputs that were kept, on stable Rust.

#[path = "../json/chunks.rs"]
mod chunks;
#[path = "../json/model.rs"]
mod model;

use std::borrow::Cow;

use chunks::{ReadBody, read};
use dbsharing::json::{Json, Kind};
use dbsharing::limits::{
    MAX_CELLS_A_BODY, MAX_DEPTH, MAX_IDS, MAX_SIGNED_BYTES, MAX_SYMBOL_BODIES, MAX_TIMESTAMP_MS, MAX_UUID_BYTES,
};
use dbsharing::record::{Identity, KeyHash, SignatureTail, UncheckedRecord};
use dbsharing::sign::{sign, signing_key};
use dbsharing::symbols::{
    Answered, Body, Decoded, Decoding, Discovery, ElementId, Next, Own, Residue, Symbols, View, cells_accepted, encode,
    identity_in, ids_from_text, ids_to_text, served_cells,
};
use dbsharing::verify::{Candidate, Claim, Glimpse, PublicKeys, verify_batch};
use model::Value;

/// More brackets than this could overflow the stack of the model, which recurses.
const MOST_BRACKETS: usize = 500;

/// The items of a body, and its fault, do not depend on the chunks in which it arrives, and are the same as those of
/// `fetch().json()`. The first bytes of the input are a limit for items and the lengths of two chunks.
pub fn body(input: &[u8]) {
    let [limit, one, other, body @ ..] = input else { return };
    let lengths = [usize::from(*one) + 1, usize::from(*other) + 1];
    let whole = read(usize::MAX, body, &[body.len().max(1)]);
    assert_eq!(whole, read(usize::MAX, body, &lengths));
    assert_passed_over(&whole, usize::from(*limit), body, &lengths);

    let text = model::decode(body);
    if brackets(&text) > MOST_BRACKETS {
        return;
    }
    let Some(Value::Array(items)) = model::parse(&text) else {
        assert!(whole.end.is_err(), "{text:?}");
        return;
    };
    let ours: Vec<_> =
        whole.items.iter().map(|item| item.as_ref().ok().and_then(|text| canonical_text(text))).collect();
    let wanted: Vec<_> = items.iter().map(|item| Some(model::stringify(item))).collect();
    assert_eq!((ours, whole.end), (wanted, Ok(())));
}

/// A limit changes nothing but the items that are longer than it.
fn assert_passed_over(whole: &ReadBody, limit: usize, body: &[u8], lengths: &[usize]) {
    let limited = read(limit, body, lengths);
    assert_eq!(limited, read(limit, body, &[body.len().max(1)]));
    assert_eq!((limited.items.len(), limited.end), (whole.items.len(), whole.end));
    for (one, unlimited) in limited.items.iter().zip(&whole.items) {
        match one {
            Ok(_) => assert_eq!(one, unlimited),
            Err(bytes) => assert!(*bytes > limit as u64),
        }
    }
}

/// Text is accepted where JavaScript accepts it; its canonical text is what JavaScript prints, is its own canonical
/// text, and is borrowed where it is the text itself.
pub fn canonical(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if brackets(&text) > MOST_BRACKETS {
        let _ = canonical_text(&text);
        return;
    }
    let value = model::parse(&text);
    assert_eq!(canonical_text(&text), value.as_ref().map(model::stringify), "{text:?}");
    let Some(value) = value else { return };
    let json = Json::parse(&text).unwrap();
    let canonical = json.canonical();
    assert_eq!(matches!(canonical, Cow::Borrowed(_)), canonical == json.text());
    let again = Json::parse(&canonical).unwrap();
    assert!(matches!(again.canonical(), Cow::Borrowed(same) if same == canonical));
    assert_eq!(again.depth(), model::depth(&value));
}

/// An item is judged without a panic. Where it claims a slot and a version, its signed text is the one that JavaScript
/// has, within the limits, and claims the same again; and once signed, its data is accepted.
pub fn record(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Ok(item) = Json::parse(&text) else { return };
    let unchecked = UncheckedRecord::read(item);
    let [data, key, signature] = [unchecked.data, unchecked.public_key, unchecked.signature];
    if let Ok(claim) = Claim::read(unchecked, Identity::Record) {
        if let Some(glimpse) = Glimpse::of(item, Identity::Record) {
            let seen = (glimpse.key_hash, glimpse.timestamp, Some(glimpse.signature));
            assert_eq!(seen, (claim.key_hash, claim.timestamp, SignatureTail::of(claim.signature_text())));
        }
        let signed = Json::canonical(data.unwrap());
        assert_signable(&signed);
        let again = format!(r#"{{"data":{signed},"publicKey":{},"signature":{}}}"#, text_of(key), text_of(signature));
        let reread = Claim::read(UncheckedRecord::read(Json::parse(&again).unwrap()), Identity::Record).unwrap();
        assert_eq!((reread.key(), reread.key_hash, reread.timestamp), (claim.key(), claim.key_hash, claim.timestamp));
        assert_eq!(claim.key_hash, KeyHash::of(claim.key().as_str()));
        let (claim, reread) = (claim.identify(), reread.identify());
        assert_eq!(reread.as_ref().map(|claim| claim.version).ok(), claim.as_ref().map(|claim| claim.version).ok());
        if let Ok(candidate) = claim.and_then(|claim| Candidate::decode(claim, &mut PublicKeys::default())) {
            assert_eq!(candidate.content().signed_text, signed);
            assert!(candidate.content().uuid.len() <= MAX_UUID_BYTES);
            assert!(candidate.content().version.timestamp.0 <= MAX_TIMESTAMP_MS);
            let _ = verify_batch(vec![candidate]);
        }
    }
    if let Some(data) = data.filter(|data| data.kind() == Kind::Object) {
        assert_accepted_once_signed(data);
    }
    if brackets(&text) <= MOST_BRACKETS {
        let wanted = model::parse(&text).as_ref().and_then(data_of).map(model::stringify);
        assert_eq!(data.map(|data| data.canonical().into_owned()), wanted, "{text:?}");
    }
}

/// A body of symbols is refused, or written again it is the same bytes. To decode it takes a bounded number of steps, and
/// what is asked for next is what a peer serves. The first byte of the input says how many elements this node holds.
pub fn symbols(input: &[u8]) {
    let [held, body @ ..] = input else { return };
    let view = if body.get(3) == Some(&0x11) { View::ByContent } else { View::ByTime };
    let from = body.get(4..8).map_or(0, |bytes| u32::from_le_bytes(bytes.try_into().unwrap()));
    let Ok(parsed) = Body::parse(body, view, from) else { return };
    let records = parsed.records;
    let Some(theirs) = parsed.into_symbols() else { return };
    assert_eq!(encode(&theirs, theirs.cells().range(), records).as_deref(), Some(body));

    let decoded = decoded(&theirs, *held);
    for is_audit in [false, true] {
        assert_ends(Discovery::new(view, is_audit), &decoded, (records, u32::from(*held)));
    }
}

/// How much of a decoding one step does, in tests of a cell.
const STEP: usize = 1_000;
/// How many steps take longer than the longest decoding of a cell.
const MOST_STEPS_A_CELL: usize = 10;

/// What a peer's sums are decoded to where the first so many ids are held.
fn decoded(theirs: &Symbols, held: u8) -> Decoded {
    let own = |id: ElementId| {
        let is_held = id.0 < u32::from(held);
        if is_held { Own { value: Residue::from(1 + id.0 * 65_536), records: 1 } } else { Own::default() }
    };
    let cells = theirs.cells().range().end;
    let mut ours = Symbols::new(theirs.view(), cells);
    for id in (0..u32::from(held)).map(ElementId) {
        ours.apply(id, Residue::ZERO, own(id).value);
    }
    let mut decoding = Decoding::new(theirs, &ours).unwrap();
    let mut steps_left = MOST_STEPS_A_CELL * cells as usize;
    while decoding.step(STEP, own) {
        steps_left = steps_left.checked_sub(1).unwrap();
    }
    let decoded = decoding.into_decoded();
    assert!(decoded.noted.len() <= 2 * cells as usize && decoded.noted.is_sorted_by(|one, next| one.id < next.id));
    assert!(decoded.noted.iter().all(|noted| noted.own == own(noted.id).value && noted.own != noted.theirs));
    decoded
}

/// A discovery that gets nothing but this for an answer asks for cells that are served, and not for ever.
fn assert_ends(mut discovery: Discovery, decoded: &Decoded, (records, own_records): (u32, u32)) {
    let answered = Answered { records, own_records, estimate: records.abs_diff(own_records), decoded };
    for _ in 1..MAX_SYMBOL_BODIES {
        let Next::Ask(range) = discovery.judge(answered) else { return };
        assert!(!range.is_empty() && range.len() <= MAX_CELLS_A_BODY as usize && range.end <= served_cells(records));
    }
    assert!(!matches!(discovery.judge(answered), Next::Ask(_)));
}

/// A header or a query that speaks of symbols is read without a panic, and what it asks for is within the limits. Ids have
/// one text only.
pub fn query(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Some(count) = cells_accepted(&text) {
        assert!((1..=MAX_CELLS_A_BODY).contains(&count));
    }
    let _ = identity_in(&text);
    if let Ok(ids) = ids_from_text(&text) {
        assert!((1..=MAX_IDS).contains(&ids.len()) && ids.is_sorted_by(|one, next| one < next));
        assert_eq!(ids_to_text(&ids), text);
    }
}

fn assert_signable(signed: &str) {
    let json = Json::parse(signed).unwrap();
    assert!(signed.len() <= MAX_SIGNED_BYTES && json.depth() <= MAX_DEPTH);
    assert!(matches!(json.canonical(), Cow::Borrowed(same) if same == signed));
}

fn assert_accepted_once_signed(data: Json<'_>) {
    let Ok(envelope) = sign(data, &signing_key(&[7; 32]).unwrap()) else { return };
    let claim = Claim::read(UncheckedRecord::read(Json::parse(&envelope).unwrap()), Identity::Record).unwrap();
    let verdicts =
        verify_batch(vec![Candidate::decode(claim.identify().unwrap(), &mut PublicKeys::default()).unwrap()]);
    let record = verdicts[0].as_ref().unwrap();
    assert_eq!(record.content().signed_text, data.canonical());
    assert_eq!(record.envelope(), envelope);
}

/// `item.data`, or `item.value.data` where there is no `data` and `value` is an object.
fn data_of(item: &Value) -> Option<&Value> {
    let value = member(item, "value").filter(|value| matches!(value, Value::Object(_)));
    member(item, "data").or_else(|| member(value?, "data"))
}

fn member<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Object(members) = object else { return None };
    members.iter().find(|(key, _)| key.iter().copied().eq(name.encode_utf16())).map(|(_, value)| value)
}

fn text_of(member: Option<Json<'_>>) -> &str {
    member.map_or("null", Json::text)
}

fn canonical_text(text: &str) -> Option<String> {
    Json::parse(text).ok().map(|json| json.canonical().into_owned())
}

fn brackets(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count()
}
