//! Rules 5 to 7 against other implementations: ed25519-zebra, a slow model of the curve, and published vectors.
#![cfg(not(target_arch = "wasm32"))]

mod common;
#[path = "verdicts/forger.rs"]
mod forger;
#[path = "verdicts/model.rs"]
mod model;
#[path = "verdicts/published.rs"]
mod published;
#[path = "verdicts/triples.rs"]
mod triples;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use common::crafting::{Numbers, Triple, assert_verdicts, joined, small_order_encodings, to_hex, verdicts};
use ed25519_zebra::{Signature as ZebraSignature, VerificationKey};
use triples::{Crafter, KINDS, Kind};

/// How many times the crafter is asked. Each time it makes one triple, or a few that belong together.
const CRAFTED: usize = 20_000;

/// A triple, and what the other implementations say about it.
struct Judged {
    kind: Kind,
    triple: Triple,
    /// Whether the model accepts it by rules 5 and 6.
    let_through: bool,
    /// Whether the equation holds according to ed25519-zebra, which requires a reduced S and accepts every encoding of
    /// every point.
    equation_holds: bool,
}

impl Judged {
    fn accepted(&self) -> bool {
        self.let_through && self.equation_holds
    }
}

static JUDGED: LazyLock<Vec<Judged>> = LazyLock::new(|| {
    let mut crafter = Crafter::new(0x0dd5);
    let mut halves = BTreeMap::new();
    let mut is_let_through = |half: &[u8]| {
        let bytes: [u8; 32] = half.try_into().unwrap();
        *halves.entry(bytes).or_insert_with(|| model::is_let_through(&bytes))
    };
    let mut judge = |kind: Kind, triple: Triple| {
        let let_through = is_let_through(&triple.key) && is_let_through(&triple.signature[..32]);
        Judged { kind, let_through, equation_holds: zebra_accepts(&triple), triple }
    };
    let made: Vec<(Kind, Vec<Triple>)> = (0..CRAFTED).map(|_| crafter.next()).collect();
    made.into_iter()
        .flat_map(|(kind, triples)| triples.into_iter().map(move |triple| (kind, triple)))
        .map(|(kind, triple)| judge(kind, triple))
        .collect()
});

/// Whether ed25519-zebra accepts the triple with its S reduced.
fn zebra_accepts(triple: &Triple) -> bool {
    let r = triple.signature[..32].try_into().unwrap();
    let signature = ZebraSignature::from_bytes(&joined(r, model::reduced(&triple.signature[32..])));
    VerificationKey::try_from(triple.key).is_ok_and(|key| key.verify(&signature, &triple.message).is_ok())
}

fn cases() -> Vec<(Triple, bool)> {
    JUDGED.iter().map(|judged| (judged.triple.clone(), judged.accepted())).collect()
}

/// The triples of each kind are both accepted and refused if both are possible, so that no comparison below is empty.
#[test]
fn the_crafted_triples_are_of_all_kinds() {
    let always_accepted = [Kind::Honest, Kind::Torsion, Kind::OrdersAdded];
    let sometimes_accepted = [Kind::OtherMessage, Kind::OtherKey, Kind::Repeated, Kind::OtherSign];
    for kind in KINDS {
        let seen: BTreeSet<bool> = JUDGED.iter().filter(|judged| judged.kind == kind).map(Judged::accepted).collect();
        let wanted: &[bool] = match kind {
            _ if always_accepted.contains(&kind) => &[true],
            _ if sometimes_accepted.contains(&kind) => &[false, true],
            _ => &[false],
        };
        assert!(seen.iter().eq(wanted), "{kind:?}: {seen:?}");
    }
    let refused_by_5_or_6 = JUDGED.iter().filter(|judged| judged.equation_holds && !judged.let_through);
    assert!(refused_by_5_or_6.count() > CRAFTED / 20);
}

#[test]
fn a_triple_gets_the_oracles_verdict_alone_and_in_any_batch() {
    assert_verdicts(&cases(), &mut Numbers(2));
}

/// In the order in which they were made, errors that cancel are next to each other and repeated triples are close.
#[test]
fn a_triple_gets_the_oracles_verdict_in_the_order_of_making() {
    let cases = cases();
    for batch in [2, 3, 64, 512] {
        for company in cases[..cases.len().min(4_000)].chunks(batch) {
            let triples: Vec<&Triple> = company.iter().map(|(triple, _)| triple).collect();
            let wanted: Vec<bool> = company.iter().map(|(_, ok)| *ok).collect();
            assert_eq!(verdicts(&triples), wanted);
        }
    }
}

#[test]
fn the_oracle_and_the_slow_model_agree() {
    let mut seen = BTreeMap::new();
    for judged in JUDGED.iter() {
        let count = seen.entry((judged.kind, judged.accepted())).or_insert(0);
        *count += 1;
        if *count <= 2 {
            assert_eq!(model::accepts(&judged.triple), judged.accepted(), "{:?} {:x?}", judged.kind, judged.triple);
        }
    }
}

/// 196 pairs of encodings with S = 0: ZIP 215 accepts all of them, rules 5 and 6 none.
#[test]
fn every_pair_of_small_order_is_refused_although_the_equation_holds() {
    for key in small_order_encodings() {
        for r in small_order_encodings() {
            let triple = Triple { key, signature: joined(r, [0; 32]), message: b"Zcash".to_vec() };
            assert!(zebra_accepts(&triple));
            assert!(!model::is_let_through(&key) && !model::is_let_through(&r));
            assert_eq!(verdicts(&[&triple]), [false]);
        }
    }
}

/// The vectors that the other hosts judge: written by `WRITE_VECTORS=1 cargo test --test verdicts`, compared without
/// it.
#[test]
fn the_crafted_vectors_are_those_of_their_seed() {
    let mut crafter = Crafter::new(0x5eed);
    let vector = |kind: Kind, triple: &Triple| {
        format!(
            r#"  {{"about": "{kind:?}", "publicKey": "{}", "message": "{}", "signature": "{}", "ok": {}}}"#,
            to_hex(&triple.key),
            to_hex(&triple.message),
            to_hex(&triple.signature),
            model::accepts(triple)
        )
    };
    let kinds = (0..8).flat_map(|_| KINDS).chain([Kind::Torsion; 64]);
    let vectors: Vec<String> = kinds
        .flat_map(|kind| crafter.of_kind(kind).into_iter().map(move |triple| (kind, triple)))
        .map(|(kind, triple)| vector(kind, &triple))
        .collect();
    let text = format!("[\n{}\n]\n", vectors.join(",\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/verdicts.json");
    if std::env::var_os("WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}
