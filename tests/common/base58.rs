//! The texts of keys and signatures that are no base58, or base58 of another length: a code, and quickly.

use crate::common::code;
use dbsharing::error::Rejection;
use dbsharing::json::Json;
use dbsharing::verify::ed25519::{key_bytes, signature_bytes};

const ODDITIES: &str = include_str!("../vectors/base58.json");

pub fn odd_texts_have_their_code() {
    let vectors = Json::parse(ODDITIES).unwrap();
    let record = vectors.member("record").unwrap();
    let mut judged = 0;
    for case in vectors.member("cases").unwrap().elements() {
        let field = |name: &str| case.member(name).or(record.member(name)).unwrap().text();
        let (data, key, signature) = (field("data"), field("publicKey"), field("signature"));
        let item = format!(r#"{{"data":{data},"publicKey":{key},"signature":{signature}}}"#);
        let wanted = case.member("code").unwrap().to_str().unwrap();
        assert_eq!(code(&item), wanted, "{}", case.text());
        judged += 1;
    }
    assert!(judged > 200);
}

/// A million texts of 100 kB: whoever reads them before looking at their length does not come to the end of this.
pub fn a_text_that_is_too_long_is_not_read() {
    let (ones, noise) = ("1".repeat(100_000), "0".repeat(100_000));
    for _ in 0..500_000 {
        for text in [&ones, &noise] {
            assert!(matches!(key_bytes(text), Err(Rejection::BadKey(why)) if why.contains("has the wrong length")));
            assert!(
                matches!(signature_bytes(text), Err(Rejection::BadSignature(why)) if why.contains("has the wrong length"))
            );
        }
    }
}
