use super::*;
use crate::json::Json;
use proptest::prelude::*;

fn spotted(text: &str) -> Option<[String; 4]> {
    let (length, spotted) = spot(text.as_bytes())?;
    assert_eq!(length, text.trim_end_matches("...").len(), "{text}");
    let text = |span: Span| span.of(text).to_owned();
    Some([spotted.uuid, spotted.timestamp, spotted.public_key, spotted.signature].map(text))
}

fn strings<const N: usize>(texts: [&str; N]) -> Option<[String; N]> {
    Some(texts.map(str::to_owned))
}

#[test]
fn the_members_of_both_shapes_are_found() {
    let record = r#"{"data":{"uuid":"u","l":[{"uuid":"x"},[],{}],"timestamp":17},"publicKey":"k","signature":"s"}"#;
    let wanted = strings(["\"u\"", "17", "\"k\"", "\"s\""]);
    assert_eq!(spotted(record), wanted);
    assert_eq!(spotted(&format!(r#"{{"key":"a","value":{record}}}..."#)), wanted);
    assert_eq!(
        spotted(&record.replace('}', ",\"value\":{\"data\":{}}}").replacen(",\"value\":{\"data\":{}}", "", 3)),
        wanted
    );
}

#[test]
fn the_last_of_equal_names_counts() {
    let text = r#"{"signature":"a","data":{"uuid":"u","uuid":{},"timestamp":1},"data":{"timestamp":2},"signature":[]}"#;
    assert_eq!(spotted(text), strings(["", "2", "", ""]));
    assert_eq!(spotted(r#"{"value":{"data":{"uuid":"u"}},"value":{"data":{}}}"#), strings([""; 4]));
}

#[test]
fn what_is_written_otherwise_is_left_to_others() {
    for text in [
        r#"{ "data":{}}"#,
        r#"{"data":{},"si\u0067nature":"s"}"#,
        r#"{"data":1}"#,
        r#"{"data":[]}"#,
        r#"{"value":{"data":{}},"value":1}"#,
        r#"{"value":1}"#,
        r#"{"data":{}"#,
        r#"[{"data":{}}]"#,
        "",
    ] {
        assert_eq!(spotted(text), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn whatever_is_taken_is_json(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"data\":", "\"value\":", "\"x\":", "\"", "\\", "\\n", "\\u00e9", "\\ud",
            "1", "-", "0", "01", ".", "1.5", "e", "1e+9", "true", "fals", "null", "é", " ", "\n", "{}", "[]", "\"u\":{",
        ]), 0..12),
    ) {
        let text = format!("{{\"data\":{{}},{}", pieces.concat());
        if let Some((length, _)) = spot(text.as_bytes()) {
            let item = text.get(..length);
            prop_assert!(item.is_some_and(|item| Json::parse(item).is_ok()), "{text}");
        }
    }
}
