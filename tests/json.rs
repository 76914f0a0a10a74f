//! `dbsharing::json` against a slow and simple model of what JavaScript does.
#![cfg(not(target_arch = "wasm32"))]

#[path = "json/chunks.rs"]
mod chunks;
#[path = "json/model.rs"]
mod model;
#[path = "json/texts.rs"]
mod texts;

use std::borrow::Cow;

use chunks::{ReadBody, read};
use dbsharing::json::{Json, quote_into};
use model::Value;
use proptest::prelude::*;

/// What the model makes of `text`; `None` if it refuses.
fn model_canonical(text: &str) -> Option<String> {
    model::parse(text).as_ref().map(model::stringify)
}

fn canonical(text: &str) -> Option<String> {
    Json::parse(text).ok().map(|json| json.canonical().into_owned())
}

fn assert_canonical(text: &str) {
    let json = Json::parse(text).unwrap();
    let canonical = json.canonical();
    assert_eq!(Some(&*canonical), model_canonical(text).as_deref());
    assert_eq!(matches!(canonical, Cow::Borrowed(_)), canonical == json.text());
    let again = Json::parse(&canonical).unwrap().canonical();
    assert!(matches!(again, Cow::Borrowed(same) if same == canonical));
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1..4_usize, 1..100_usize], 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn canonical_text_is_what_javascript_prints(text in texts::valid()) {
        assert_canonical(&text);
    }

    #[test]
    fn damaged_text_is_refused_where_javascript_refuses_it(text in texts::mutated()) {
        prop_assert_eq!(canonical(&text), model_canonical(&text));
    }

    #[test]
    fn members_and_elements_are_those_that_javascript_sees(text in texts::valid()) {
        let json = Json::parse(&text).unwrap();
        let value = model::parse(&text).unwrap();
        let canonical = json.canonical();
        prop_assert_eq!(Json::parse(&canonical).unwrap().depth(), model::depth(&value));
        match value {
            Value::Array(elements) => {
                let ours: Vec<_> = json.elements().map(|element| element.canonical()).collect();
                prop_assert_eq!(ours, elements.iter().map(model::stringify).collect::<Vec<_>>());
            }
            Value::Object(members) => {
                for (key, value) in members {
                    let Ok(name) = String::from_utf16(&key) else { continue };
                    let ours = json.member(&name).map(|value| value.canonical());
                    prop_assert_eq!(ours.as_deref(), Some(&*model::stringify(&value)));
                }
            }
            Value::String(units) => {
                let text = String::from_utf16_lossy(&units);
                prop_assert_eq!(json.is_string(&text), String::from_utf16(&units).is_ok());
                prop_assert_eq!(json.to_str(), Some(Cow::Owned(text)));
            }
            _ => prop_assert_eq!((json.elements().count(), json.members().count()), (0, 0)),
        }
    }

    #[test]
    fn any_text_is_quoted_as_javascript_quotes_it(text in any::<String>()) {
        let mut quoted = String::new();
        quote_into(&text, &mut quoted);
        let model = model::stringify(&Value::String(text.encode_utf16().collect()));
        prop_assert_eq!(&quoted, &model);
        prop_assert!(Json::parse(&quoted).unwrap().is_string(&text));
    }

    #[test]
    fn a_body_is_read_as_fetch_and_json_read_it(body in texts::body(), lengths in lengths()) {
        let body_read = read(usize::MAX, &body, &lengths);
        prop_assert_eq!(&body_read, &read(usize::MAX, &body, &[body.len().max(1)]));
        let Some(Value::Array(items)) = model::parse(&model::decode(&body)) else {
            prop_assert!(body_read.end.is_err());
            return Ok(());
        };
        prop_assert_eq!(body_read.end, Ok(()));
        let ours: Vec<_> = body_read.items.iter().map(|item| canonical(item.as_ref().unwrap())).collect();
        let wanted: Vec<_> = items.iter().map(|item| Some(model::stringify(item))).collect();
        prop_assert_eq!(ours, wanted);
    }

    #[test]
    fn only_longer_items_than_the_limit_are_passed_over(
        texts in prop::collection::vec(texts::valid(), 0..6),
        limit in 0..40_usize,
        lengths in lengths(),
    ) {
        let body = format!("[{}]", texts.join(","));
        let wanted = texts.iter().map(|text| match Json::parse(text).unwrap().text() {
            item if item.len() > limit => Err(item.len() as u64),
            item => Ok(item.to_owned()),
        });
        let body_read = read(limit, body.as_bytes(), &lengths);
        prop_assert_eq!(body_read, ReadBody { items: wanted.collect(), end: Ok(()) });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn wide_objects_are_ordered_as_javascript_orders_them(text in texts::wide()) {
        assert_canonical(&text);
    }
}
