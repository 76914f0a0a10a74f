//! Serve: the answers to requests, head and body.

use super::mirror::Purpose;
use super::pages::Pages;
use super::put::Put;
use super::routes::{Wanted, after};
use super::shelf::Form;
use super::state::Node;
use super::tags::{entity_tag, is_current};

use crate::error::StoreFault;
use crate::json::Json;
use crate::limits::{LIGHT_BYTES, MAX_ASKED_HEADERS_BYTES, MAX_POST_BYTES};
use crate::ports::{Host, Store};
use crate::record::Version;
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
    /// All records, to be read page by page.
    Pages(Pages<E>),
}

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// The answer to a request at this time of the node's clock; `None` if the request is not for this node.
    pub async fn serve(&self, request: Incoming<'_>, now_ms: u64) -> Option<Reply<S::Entries>> {
        let form = match self.options.wanted(request.method, request.path) {
            Wanted::NotOurs => return None,
            Wanted::Preflight => return Some(self.preflight(request)),
            Wanted::Write => return Some(self.serve_write(request.body, now_ms).await),
            Wanted::All => Form::Keyed,
            Wanted::List => Form::Bare,
        };
        let served = self.serve_records(request, form).await;
        Some(served.unwrap_or_else(|fault| {
            let failure = Verdict { stored: None, ..Verdict::not_stored(&fault) };
            text_reply(503, failure.to_json())
        }))
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
        reply(204, headers.map(|(name, value)| (name, value.to_owned())), ReplyBody::None)
    }

    /// Serves the records. If some turn out to be missing before the answer begins, serves those that there are.
    async fn serve_records(&self, request: Incoming<'_>, form: Form) -> Result<Reply<S::Entries>, StoreFault> {
        let served = self.serve_held(request, form).await;
        let is_suspect = self.state.borrow().mirror.is_suspect();
        if served.is_err() && is_suspect { self.serve_held(request, form).await } else { served }
    }

    async fn serve_held(&self, request: Incoming<'_>, form: Form) -> Result<Reply<S::Entries>, StoreFault> {
        self.load(Purpose::Serve).await?;
        // The tag is made before the store is read: a write in between makes the tag too old, never too new.
        let (tag, promise) = {
            let holdings = &mut self.state.borrow_mut().holdings;
            (entity_tag(&holdings.digest()), holdings.promise())
        };
        let headers = [
            ("content-type", JSON.to_owned()),
            ("etag", tag.clone()),
            ("access-control-expose-headers", "ETag".to_owned()),
            ("cache-control", "no-cache".to_owned()),
        ];
        if request.if_none_match.is_some_and(|condition| is_current(condition, &tag)) {
            return Ok(reply(304, headers, ReplyBody::None));
        }
        let body = match request.method {
            "HEAD" => ReplyBody::None,
            _ => ReplyBody::Pages(self.begun_pages(form, &after(request.query), promise).await?),
        };
        Ok(reply(200, headers, body))
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
fn reply<E, const N: usize>(status: u16, headers: [(&'static str, String); N], body: ReplyBody<E>) -> Reply<E> {
    let for_all = [("access-control-allow-origin", "*"), ("x-content-type-options", "nosniff")];
    let for_all = for_all.map(|(name, value)| (name, value.to_owned()));
    Reply { status, headers: for_all.into_iter().chain(headers).collect(), body }
}

fn text_reply<E>(status: u16, text: String) -> Reply<E> {
    reply(status, [("content-type", JSON.to_owned())], ReplyBody::Text(text))
}
