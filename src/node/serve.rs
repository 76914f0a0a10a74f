//! Serve: the answers to requests, head and body.

use std::fmt::Display;

use super::mirror::Purpose;
use super::pages::Pages;
use super::put::Put;
use super::query::{CellsAsked, QueryFault, after, ids};
use super::routes::Wanted;
use super::shelf::Form;
use super::state::Node;
use super::tags::{entity_tag, is_current};

use crate::error::{Code, StoreFault};
use crate::json::Json;
use crate::limits::{LIGHT_BYTES, MAX_ASKED_HEADERS_BYTES, MAX_POST_BYTES};
use crate::ports::{Host, Store};
use crate::record::Version;
use crate::symbols::{ElementId, cells_accepted};
use crate::verify::Verdict;

/// The parts of a request on which its answer depends.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path of its url, percent-encoded.
    pub path: &'a str,
    /// The query of its url, percent-encoded and without `?`; empty where there is none.
    pub query: &'a str,
    /// Its `Accept`.
    pub accept: Option<&'a str>,
    /// Its `If-None-Match`.
    pub if_none_match: Option<&'a str>,
    /// Its `Access-Control-Request-Headers`.
    pub asked_headers: Option<&'a str>,
    /// Its body; of one that is longer than [`MAX_POST_BYTES`], the first bytes, one more than that.
    pub body: &'a [u8],
}

/// An answer.
#[derive(Debug)]
pub struct Reply<E> {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: ReplyBody<E>,
}

/// The body of an answer.
#[derive(Debug)]
pub enum ReplyBody<E> {
    /// No body.
    None,
    /// A text.
    Text(String),
    /// Sums over all records.
    Bytes(Vec<u8>),
    /// Records, to be read page by page.
    Pages(Pages<E>),
}

/// What a request for records, or for sums over them, asks for.
#[derive(Debug)]
enum Asked {
    /// All records after a key, which may be empty.
    Records(Form, String),
    /// So many cells from the first one on, unless the asker has the same set.
    Opening(u32),
    /// Some cells.
    Cells(CellsAsked),
    /// The records that have these ids.
    Ids(Vec<ElementId>),
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// The answer to a request at this time of the node's clock; `None` if the request is not for this node.
    pub async fn serve(&self, request: Incoming<'_>, now_ms: u64) -> Option<Reply<S::Entries>> {
        let query = request.query;
        Some(match self.options.wanted(request.method, request.path) {
            Wanted::NotOurs => return None,
            Wanted::Preflight => self.preflight(request),
            Wanted::Write => self.serve_write(request.body, now_ms).await,
            Wanted::All => {
                let mut reply = self.serve_asked(request, Asked::of_all(request)).await;
                reply.headers.push(("vary", "accept".to_owned()));
                reply
            }
            Wanted::List => self.serve_asked(request, Asked::Records(Form::Bare, after(query))).await,
            Wanted::Symbols => self.serve_if_sound(request, CellsAsked::of(query).map(Asked::Cells)).await,
            Wanted::Records => self.serve_if_sound(request, ids(query).map(Asked::Ids)).await,
        })
    }

    /// Answers a preflight: web pages may send any headers they ask for, because tracers add their own to every request.
    fn preflight(&self, request: Incoming<'_>) -> Reply<S::Entries> {
        let is_write = self.options.wanted("POST", request.path) == Wanted::Write;
        let methods = if is_write { "POST, OPTIONS" } else { "GET, HEAD, OPTIONS" };
        let headers = request.asked_headers.filter(|asked| are_header_names(asked)).unwrap_or(USUAL_HEADERS);
        let headers = [
            ("access-control-allow-methods", methods),
            ("access-control-allow-headers", headers),
            ("access-control-max-age", "86400"),
            ("vary", "access-control-request-headers"),
        ];
        reply(204, &headers, ReplyBody::None)
    }

    async fn serve_if_sound(&self, request: Incoming<'_>, asked: Result<Asked, QueryFault>) -> Reply<S::Entries> {
        match asked {
            Ok(asked) => self.serve_asked(request, asked).await,
            Err(fault) => failure(400, &fault),
        }
    }

    /// Serves what is asked for. If some records turn out to be missing before the answer begins, serves those that there
    /// are.
    async fn serve_asked(&self, request: Incoming<'_>, asked: Asked) -> Reply<S::Entries> {
        let mut served = self.serve_held(request, &asked).await;
        if served.is_err() && self.state.borrow().mirror.is_suspect() {
            served = self.serve_held(request, &asked).await;
        }
        served.unwrap_or_else(|fault| failure(503, &fault))
    }

    async fn serve_held(&self, request: Incoming<'_>, asked: &Asked) -> Result<Reply<S::Entries>, StoreFault> {
        self.load(Purpose::Serve).await?;
        match asked {
            Asked::Records(form, after) => self.serve_records(request, *form, after).await,
            Asked::Opening(count) => Ok(self.serve_opening(request, *count).await),
            Asked::Cells(asked) => Ok(self.serve_cells(request, asked).await),
            Asked::Ids(ids) => self.serve_chosen(request, ids).await,
        }
    }

    async fn serve_records(
        &self,
        request: Incoming<'_>,
        form: Form,
        after: &str,
    ) -> Result<Reply<S::Entries>, StoreFault> {
        // The tag is made before the store is read: a write in between makes the tag too old, never too new.
        let (tag, promise) = {
            let holdings = &mut self.state.borrow_mut().holdings;
            (entity_tag(&holdings.digest()), holdings.promise())
        };
        if request.if_none_match.is_some_and(|condition| is_current(condition, &tag)) {
            return Ok(served(304, JSON, Some(tag), ReplyBody::None));
        }
        let body = match request.method {
            "HEAD" => ReplyBody::None,
            _ => ReplyBody::Pages(self.begun_pages(form, after, promise).await?),
        };
        Ok(served(200, JSON, Some(tag), body))
    }

    /// Serves the records that have some of these ids. Such a body has no tag, because none stands for a part of the set.
    async fn serve_chosen(&self, request: Incoming<'_>, ids: &[ElementId]) -> Result<Reply<S::Entries>, StoreFault> {
        let (keys, promise) = {
            let holdings = &mut self.state.borrow_mut().holdings;
            let keys = holdings.keys_of(ids);
            let promise = holdings.promise_of(keys.len());
            (keys, promise)
        };
        let body = match request.method {
            "HEAD" => ReplyBody::None,
            _ => ReplyBody::Pages(self.begun_chosen(keys, promise).await?),
        };
        Ok(served(200, JSON, None, body))
    }

    async fn serve_write(&self, body: &[u8], now_ms: u64) -> Reply<S::Entries> {
        if body.len() > MAX_POST_BYTES {
            let message = format!("the body is longer than {MAX_POST_BYTES} bytes");
            let (code, message) = (Some("TOO_LARGE"), Some(message));
            return text_reply(413, Verdict { stored: Some(false), code, message, ..Verdict::default() }.to_json());
        }
        let text = String::from_utf8_lossy(body);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let text = record_in(text);
        if body.len() > LIGHT_BYTES {
            self.let_others_run().await;
        }
        let put = self.put(text, now_ms).await;
        text_reply(status_of(&put), put.into_verdict().to_json())
    }
}

impl Asked {
    /// What a request for all records asks for: sums over them, if it accepts these and does not go on after a key.
    fn of_all(request: Incoming<'_>) -> Self {
        let after = after(request.query);
        match request.accept.and_then(cells_accepted).filter(|_| after.is_empty()) {
            Some(count) => Self::Opening(count),
            None => Self::Records(Form::Keyed, after),
        }
    }
}

/// The status for the outcome of a posted record; 200 also for one that is held already.
fn status_of(put: &Put) -> u16 {
    match put {
        Put::Stored(_) => 200,
        Put::Stale { verdict, held } if verdict.version.as_deref().and_then(Version::parse) == Some(*held) => 200,
        Put::Stale { .. } => 409,
        Put::Rejected(_) => 400,
        Put::Failed(_) => 503,
    }
}

/// The record to be stored: the body itself, or its member `payload`.
fn record_in(body: &str) -> &str {
    let Ok(given) = Json::parse(body) else { return body };
    let record = if given.member("data").is_some() { None } else { given.member("payload") };
    record.map_or(body, Json::text)
}

/// The headers allowed to a web page that does not name any.
const USUAL_HEADERS: &str = "if-none-match, cache-control, content-type";

/// Whether this can be a list of header names: tokens (RFC 9110, 5.6.2), commas and spaces.
fn are_header_names(asked: &str) -> bool {
    let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~, ".contains(&byte);
    (1..=MAX_ASKED_HEADERS_BYTES).contains(&asked.len()) && asked.bytes().all(is_of_one)
}

const JSON: &str = "application/json; charset=utf-8";

/// An answer that web pages of all origins may read.
#[inline(never)] // for size: each of its callers would have a copy
fn reply<E>(status: u16, headers: &[(&'static str, &str)], body: ReplyBody<E>) -> Reply<E> {
    let for_all = [("access-control-allow-origin", "*"), ("x-content-type-options", "nosniff")];
    let headers = for_all.iter().chain(headers).map(|(name, value)| (*name, (*value).to_owned())).collect();
    Reply { status, headers, body }
}

/// An answer that has records or sums, and that caches ask about before they give it again.
pub(super) fn served<E>(status: u16, content_type: &str, tag: Option<String>, body: ReplyBody<E>) -> Reply<E> {
    let headers =
        [("content-type", content_type), ("access-control-expose-headers", "ETag"), ("cache-control", "no-cache")];
    let mut reply = reply(status, &headers, body);
    reply.headers.extend(tag.map(|tag| ("etag", tag)));
    reply
}

/// The answer to a request that nothing can be given to.
pub(super) fn failure<E>(status: u16, fault: &(impl Code + Display)) -> Reply<E> {
    text_reply(status, Verdict { stored: None, ..Verdict::not_stored(fault) }.to_json())
}

fn text_reply<E>(status: u16, text: String) -> Reply<E> {
    reply(status, &[("content-type", JSON)], ReplyBody::Text(text))
}
