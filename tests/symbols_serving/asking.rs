//! Asks a node, and the model of what it should answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use dbsharing::error::StoreFault;
use dbsharing::json::Json;
use dbsharing::node::{Incoming, Node, ReplyBody};
use dbsharing::ports::{Host, Store, StoredEntry};
use dbsharing::record::KeyHash;
use dbsharing::symbols::{ElementId, Residue, Symbols, View, encode, ids_to_text};

use crate::common::{NOW_MS, judge, signed};
use crate::network::{World, wait};

pub const ALL: Incoming<'_> = Incoming {
    method: "GET",
    path: "/linktree/all",
    query: "",
    accept: None,
    if_none_match: None,
    asked_headers: None,
    body: b"",
};
pub const OPENING: Incoming<'_> = Incoming { accept: Some(ACCEPT), ..ALL };
pub const ACCEPT: &str = "application/vnd.dbsharing.symbols;count=18, */*;q=0.1";
pub const SYMBOLS: Incoming<'_> = Incoming { path: "/linktree/symbols", ..ALL };
pub const RECORDS: Incoming<'_> = Incoming { path: "/task/task/linktree/records", ..ALL };
pub const OF_SYMBOLS: &str = "application/vnd.dbsharing.symbols; identity=record";
pub const OF_JSON: &str = "application/json; charset=utf-8";

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    None,
    Text(String),
    Bytes(Vec<u8>),
    /// Records, in so many pages, and how they end.
    Records(Vec<String>, usize, Result<(), StoreFault>),
}

pub struct Answered {
    pub status: u16,
    pub headers: BTreeMap<&'static str, String>,
    pub content: Content,
}

impl Answered {
    /// The values of some headers; empty for those that are not there.
    pub fn given<const N: usize>(&self, names: [&str; N]) -> [&str; N] {
        names.map(|name| self.headers.get(name).map_or("", String::as_str))
    }

    pub fn records(self) -> Vec<String> {
        let Content::Records(records, _, Ok(())) = self.content else { panic!("{:?}", self.content) };
        records
    }
}

pub fn record(uuid: usize, ms: u64) -> String {
    signed(1, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms}}}"#))
}

pub fn records(count: usize) -> Vec<String> {
    (0..count).map(|uuid| record(uuid, 5_000_000 + uuid as u64 * 1_000)).collect()
}

pub fn entry(text: &str) -> StoredEntry {
    let record = judge(text).unwrap();
    let key = record.content().key.as_str().to_owned();
    StoredEntry { key, version: record.version().to_string(), text: record.envelope() }
}

pub fn id_of(text: &str) -> ElementId {
    ElementId::of(&KeyHash::of(&entry(text).key))
}

/// A world whose store holds these records.
pub fn world(records: &[String]) -> World {
    let world = World::new(&[]);
    world.store.borrow_mut().write(&records.iter().map(|text| entry(text)).collect::<Vec<_>>()).unwrap();
    world
}

pub async fn ask_now<T, S: Store, H: Host>(node: &Node<T, S, H>, request: Incoming<'_>) -> Answered {
    let reply = node.serve(request, NOW_MS).await.expect("the request is ours");
    let content = match reply.body {
        ReplyBody::None => Content::None,
        ReplyBody::Text(text) => Content::Text(text),
        ReplyBody::Bytes(bytes) => Content::Bytes(bytes),
        ReplyBody::Pages(mut pages) => {
            let (mut text, mut count) = (String::new(), 0);
            let end = loop {
                match node.page(&mut pages).await {
                    Ok(Some(page)) => (text, count) = (text + &page, count + 1),
                    Ok(None) => break Ok(()),
                    Err(fault) => break Err(fault),
                }
            };
            text.push_str(if end.is_err() { "]" } else { "" });
            let items = Json::parse(&text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            Content::Records(items.elements().map(|item| item.text().to_owned()).collect(), count, end)
        }
    };
    Answered { status: reply.status, headers: reply.headers.into_iter().collect(), content }
}

pub fn ask<T, S: Store, H: Host>(node: &Node<T, S, H>, request: Incoming<'_>) -> Answered {
    wait(ask_now(node, request))
}

pub fn ask_symbols<T, S: Store, H: Host>(node: &Node<T, S, H>, query: &str) -> Answered {
    ask(node, Incoming { query, ..SYMBOLS })
}

pub fn ask_records<T, S: Store, H: Host>(node: &Node<T, S, H>, ids: &BTreeSet<ElementId>) -> Answered {
    let query = format!("ids={}", ids_to_text(&ids.iter().copied().collect::<Vec<_>>()));
    ask(node, Incoming { query: &query, ..RECORDS })
}

pub fn ids_of(records: &[String]) -> BTreeSet<ElementId> {
    records.iter().map(|text| id_of(text)).collect()
}

/// The records as `/all` serves them, ascending by key.
pub fn keyed(records: &[String]) -> Vec<String> {
    let by_key: BTreeMap<String, &String> = records.iter().map(|text| (entry(text).key, text)).collect();
    let owner = |key: &str| key.split('/').next().unwrap_or_default().to_owned();
    by_key.iter().map(|(key, text)| format!(r#"{{"key":"linktree:{}","value":{text}}}"#, owner(key))).collect()
}

/// The body that these records make.
pub fn sums(view: View, records: &[String], range: Range<u32>) -> Content {
    let mut values: HashMap<ElementId, Residue> = HashMap::new();
    for text in records {
        let value = values.entry(id_of(text)).or_default();
        *value = value.plus(view.value(&judge(text).unwrap().version()));
    }
    let mut symbols = Symbols::new(view, range.end);
    values.into_iter().for_each(|(id, value)| symbols.apply(id, Residue::ZERO, value));
    Content::Bytes(encode(&symbols, range, records.len() as u32).unwrap())
}
