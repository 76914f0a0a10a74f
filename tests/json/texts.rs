//! JSON texts with everything that readers and writers of JSON disagree about.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const PIECES: &[&str] = &[
    "a",
    "b",
    "0",
    "1",
    "é",
    "😀",
    "日",
    "/",
    "\\/",
    "\\\\",
    "\\\"",
    "\\n",
    "\\t",
    "\\b",
    "\\f",
    "\\r",
    "\\u0000",
    "\\u001F",
    "\\u001f",
    "\\u000a",
    "\\u0008",
    "\\u0022",
    "\\u005C",
    "\\u002f",
    "\\u0061",
    "\\u0030",
    "\\u0031",
    "\\u00e9",
    "\\u00E9",
    "\\u007f",
    "\u{7f}",
    "\\u2028",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "\\ufffd",
    "\\ud83d",
    "\\ude00",
    "\\uD83D\\uDE00",
    "\\ud83D\\ude00",
    "\\ud800",
    "\\uDFFF",
    "\\udc00",
    "\\ud7ff",
    "\\ue000",
    "\u{10ffff}",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
];

const KEYS: &[&str] = &[
    "a",
    "b",
    "\\u0061",
    "",
    "0",
    "1",
    "2",
    "10",
    "\\u0031",
    "01",
    "-0",
    "1.0",
    "4294967294",
    "4294967295",
    "4294967296",
    "9999999999",
    "__proto__",
    "constructor",
    "\\ud800",
    "\\uD800",
    "\\udc00",
    "\u{fffd}",
    "😀",
    "\\ud83d\\ude00",
    "\\n",
    "\\u000a",
    "data",
    "d\\u0061ta",
    "é",
    "\\u00e9",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "0.0",
    "-0.0e5",
    "1.0",
    "1E5",
    "1e21",
    "1e20",
    "1e+3",
    "1e-7",
    "0.000001",
    "1e400",
    "-1e400",
    "1e-400",
    "5e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "2.2250738585072011e-308",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "9007199254740993",
    "999999999999999",
    "1000000000000000",
    "123456789012345678901234567890",
    "1700000000000",
    "0.1",
    "12.50",
    "4294967295",
];

const TOKENS: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\u12", "0", "1", "-", "+", ".", "e", "E5", "00", "true", "nul",
    "f", "\"a\"", "\"a\":1", " ", "\n", "\u{0}", "\u{b}", "\u{a0}", "\u{feff}", "/", "'", "NaN",
];

fn joined(parts: impl Strategy<Value = Vec<&'static str>>) -> impl Strategy<Value = String> {
    parts.prop_map(|parts| parts.concat())
}

fn space() -> impl Strategy<Value = &'static str> {
    select(&["", "", "", "", "", "", " ", "\n", "\t\r "][..])
}

fn string() -> impl Strategy<Value = String> {
    joined(vec(select(PIECES), 0..12)).prop_map(|content| format!("\"{content}\""))
}

fn key() -> impl Strategy<Value = String> {
    let known = select(KEYS).prop_map(|key| format!("\"{key}\""));
    let numbered = (0..30_u32).prop_map(|key| format!("\"{key}\""));
    prop_oneof![4 => known, 1 => numbered, 1 => string()]
}

fn number() -> impl Strategy<Value = String> {
    let double = any::<f64>().prop_filter("JSON has no infinity", |number| number.is_finite());
    prop_oneof![
        select(NUMBERS).prop_map(str::to_owned),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?",
        double.prop_map(|number| format!("{number:e}")),
    ]
}

fn scalar() -> impl Strategy<Value = String> {
    let word = select(&["true", "false", "null"][..]).prop_map(str::to_owned);
    prop_oneof![1 => word, 3 => number(), 3 => string()]
}

fn spaced(part: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (space(), part, space()).prop_map(|(before, part, after)| format!("{before}{part}{after}"))
}

/// One valid value, in any spelling.
pub fn valid() -> impl Strategy<Value = String> {
    let nested = scalar().prop_recursive(4, 60, 6, |value| {
        let member = (spaced(key()), spaced(value.clone())).prop_map(|(key, value)| key + ":" + &value);
        let object = (space(), vec(member, 0..8));
        let array = (space(), vec(spaced(value), 0..6));
        prop_oneof![
            object.prop_map(|(space, members)| format!("{{{space}{}}}", members.join(","))),
            array.prop_map(|(space, elements)| format!("[{space}{}]", elements.join(","))),
        ]
    });
    spaced(nested)
}

/// An object of more keys than are compared one by one, with few or many duplicates among them.
pub fn wide() -> impl Strategy<Value = String> {
    let key = (0..300_u32, select(&["", "k", "\\u006b", "0"][..]));
    let member = (key, scalar()).prop_map(|((number, first), value)| format!("\"{first}{number}\":{value}"));
    vec(member, 60..200).prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// A valid text with a few of its characters replaced, removed or joined by others: some are still valid.
pub fn mutated() -> impl Strategy<Value = String> {
    let splice = (any::<prop::sample::Index>(), 0..3_usize, joined(vec(select(TOKENS), 0..2)));
    (valid(), vec(splice, 1..3)).prop_map(|(text, splices)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (index, removed, inserted) in splices {
            let from = index.index(characters.len() + 1);
            let to = characters.len().min(from + removed);
            characters.splice(from..to, inserted.chars());
        }
        characters.into_iter().collect()
    })
}

/// A body that is mostly an array, with malformed bytes here and there.
pub fn body() -> impl Strategy<Value = Vec<u8>> {
    let array =
        (space(), vec(spaced(valid()), 0..6)).prop_map(|(space, items)| format!("[{space}{}]", items.join(",")));
    let text = prop_oneof![6 => spaced(array.boxed()), 1 => valid(), 2 => mutated()];
    let mark = select(&["", "", "", "\u{feff}", "\u{feff}\u{feff}"][..]);
    let malformed: &[&[u8]] = &[
        b"\xff",
        b"\xc3",
        b"\xe2\x82",
        b"\xf0\x9f\x98",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\xef\xbb",
    ];
    let splice = (any::<prop::sample::Index>(), select(malformed));
    (mark, text, vec(splice, 0..3)).prop_map(|(mark, text, splices)| {
        let mut bytes = [mark.as_bytes(), text.as_bytes()].concat();
        for (index, malformed) in splices {
            // After a quote it is usually inside a string, where it does no harm.
            let quotes: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'"').collect();
            let at = if quotes.is_empty() { 0 } else { quotes[index.index(quotes.len())] + 1 };
            bytes.splice(at..at, malformed.iter().copied());
        }
        bytes
    })
}
