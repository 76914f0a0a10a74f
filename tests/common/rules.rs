//! Each rule of acceptance, with the code of what breaks it.

use crate::common::{NOW_MS, code, judge, signed};
use dbsharing::error::Rejection;

const DATA: &str = r#"{"uuid":"u","linktree":[],"timestamp":1}"#;

/// A record whose data is this text, whatever it is; its signature is an honest one over other data.
fn with_data(data: &str) -> String {
    signed(1, DATA).replacen(DATA, data, 1)
}

fn with(member: &str, value: &str) -> String {
    let record = signed(1, DATA);
    let at = record.find(&format!("\"{member}\":")).unwrap() + member.len() + 3;
    let end = at + record[at..].find([',', '}']).unwrap();
    format!("{}{value}{}", &record[..at], &record[end..])
}

pub fn each_rule_has_its_code() {
    let a_signature = "z".repeat(88);
    for (item, wanted) in [
        (signed(1, DATA), "OK"),
        (format!(r#"{{"key":"linktree:x","value":{}}}"#, signed(1, DATA)), "OK"),
        ("null".to_owned(), "BAD_SHAPE"),
        ("[]".to_owned(), "BAD_SHAPE"),
        ("7".to_owned(), "BAD_SHAPE"),
        ("{}".to_owned(), "BAD_SHAPE"),
        (r#"{"value":[1]}"#.to_owned(), "BAD_SHAPE"),
        (format!(r#"{{"data":null,"value":{}}}"#, signed(1, DATA)), "BAD_SHAPE"),
        (with_data("[]"), "BAD_SHAPE"),
        (with("publicKey", "7"), "BAD_SHAPE"),
        (with("signature", "null"), "BAD_SHAPE"),
        (with_data(&format!(r#"{{"uuid":"u","timestamp":1,"x":"{}"}}"#, "x".repeat(65_536))), "TOO_LARGE"),
        (with_data(&nested(128)), "TOO_DEEP"),
        (with_data(r#"{"timestamp":1}"#), "BAD_ID"),
        (with_data(r#"{"uuid":"","timestamp":1}"#), "BAD_ID"),
        (with_data(r#"{"uuid":7,"timestamp":1}"#), "BAD_ID"),
        (with_data(&format!(r#"{{"uuid":"{}","timestamp":1}}"#, "u".repeat(257))), "BAD_ID"),
        (with_data(&format!(r#"{{"uuid":"{}","timestamp":1}}"#, "\\u0001".repeat(43))), "BAD_ID"),
        (with_data(r#"{"uuid":"u"}"#), "BAD_TIMESTAMP"),
        (with_data(r#"{"uuid":"u","timestamp":"1"}"#), "BAD_TIMESTAMP"),
        (with_data(r#"{"uuid":"u","timestamp":1.5}"#), "BAD_TIMESTAMP"),
        (with_data(r#"{"uuid":"u","timestamp":-1}"#), "BAD_TIMESTAMP"),
        (with_data(r#"{"uuid":"u","timestamp":1e400}"#), "BAD_TIMESTAMP"),
        (with_data(r#"{"uuid":"u","timestamp":9007199254740992}"#), "BAD_TIMESTAMP"),
        (with("publicKey", r#""0x52908400098527886E0F7030069857D2E4169EE7""#), "UNSUPPORTED_KEY"),
        (with("publicKey", r#""abc""#), "BAD_KEY"),
        (with("publicKey", r#""IIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII""#), "BAD_KEY"),
        (with("publicKey", r#""zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz""#), "BAD_KEY"),
        (with("signature", r#""abc""#), "BAD_SIGNATURE"),
        (with("signature", &format!("\"{a_signature}\"")), "BAD_SIGNATURE"),
        (with_data(r#"{"uuid":"v","linktree":[],"timestamp":1}"#), "BAD_SIGNATURE"),
        (signed(1, &at_time(NOW_MS + 600_000)), "OK"),
        (signed(1, &at_time(NOW_MS + 600_001)), "FROM_THE_FUTURE"),
        (signed(1, &at_time(9_007_199_254_740_991)), "FROM_THE_FUTURE"),
    ] {
        assert_eq!(code(&item), wanted, "{}", &item[..item.len().min(200)]);
    }
}

fn at_time(ms: u64) -> String {
    format!(r#"{{"uuid":"u","timestamp":{ms}}}"#)
}

/// Data with so many brackets inside its own.
fn nested(depth: usize) -> String {
    format!(r#"{{"uuid":"u","timestamp":1,"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))
}

pub fn the_limits_themselves_are_allowed() {
    let filled = |length: usize| format!(r#"{{"uuid":"u","timestamp":1,"x":"{}"}}"#, "x".repeat(length));
    let room = 65_536 - filled(0).len();
    for data in [
        filled(room),
        nested(127),
        format!(r#"{{"uuid":"{}","timestamp":1}}"#, "u".repeat(256)),
        r#"{"uuid":"u","timestamp":0}"#.to_owned(),
        r#"{"uuid":"not an RFC 4122 one 😀","timestamp":1}"#.to_owned(),
    ] {
        assert_eq!(code(&signed(1, &data)), "OK");
    }
    assert!(matches!(judge(&with_data(&filled(room + 1))), Err(Rejection::TooLarge { bytes: 65_537, .. })));
}

pub fn spelling_does_not_change_what_was_signed() {
    let record = signed(1, r#"{"2":"b","10":"c","uuid":"ü😀","timestamp":100,"n":1.5}"#);
    let respelled = record
        .replace("{\"2\":\"b\",\"10\":\"c\",", "{ \"\\u0075uid\" : \"wrong\", \"10\":\"c\",\n\"2\":\"b\", ")
        .replace("ü😀", "\\u00fc\\ud83d\\ude00")
        .replace(":100,", ":1.00e2,")
        .replace("1.5", "0.15E+1");
    assert_ne!(record, respelled);
    assert_eq!(judge(&respelled), judge(&record));
    assert!(judge(&record).is_ok());
}

pub fn unsigned_members_are_kept_up_to_their_limit() {
    let record = signed(1, DATA);
    let with_member = |text: &str| format!("{},{text}}}", &record[..record.len() - 1]);
    let kept = judge(&with_member(r#" "username" : "\u0041","z":[1.0]"#)).unwrap();
    assert_eq!(kept.envelope(), with_member(r#""username":"A","z":[1]"#));
    let too_long = judge(&with_member(&format!(r#""username":"{}""#, "x".repeat(1024)))).unwrap();
    assert_eq!(too_long.envelope(), record);
    assert_eq!(too_long.version(), kept.version());
}
