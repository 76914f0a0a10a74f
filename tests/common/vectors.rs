//! The frozen bytes: stores and digests outlive versions of this package.

use dbsharing::json::Json;
use dbsharing::node::Holdings;
use dbsharing::record::RecordKey;

const FROZEN: &str = include_str!("../vectors/frozen.json");

fn text(object: Json<'_>, name: &str) -> String {
    object.member(name).unwrap().to_str().unwrap().into_owned()
}

pub fn keys_versions_and_digests_are_the_frozen_ones() {
    let frozen = Json::parse(FROZEN).unwrap();
    let mut holdings = Holdings::default();
    assert_eq!(holdings.digest().to_string(), text(frozen, "emptyDigest"));
    for vector in frozen.member("records").unwrap().elements() {
        // Dated up to 2^53−1: rule 8 does not matter here.
        let item = vector.member("record").unwrap().text();
        let record = crate::common::judge_at(u64::MAX / 2, item).unwrap();
        assert_eq!(record.content().signed_text, text(vector, "signedText"));
        assert_eq!(record.content().key.as_str(), text(vector, "key"));
        assert_eq!(record.version().to_string(), text(vector, "version"));
        assert_eq!(record.version().content.to_string(), text(vector, "contentId"));
        assert_eq!(RecordKey::new(&record.content().public_key, None).as_str(), text(vector, "ownerKey"));
        assert_eq!(Json::parse(&record.envelope()).unwrap().text(), Json::parse(item).unwrap().canonical());
        holdings.note_stored(&record);
    }
    assert_eq!(holdings.digest().to_string(), text(frozen, "digest"));
}
