//! The [`Transport`] port: requests by gloo-net, sent by the `fetch` that JavaScript supplies.
//!
//! gloo-net's own `send` is not used: it panics when the `Response` is of another realm, as an injected `fetch` may give.

use gloo_net::http::RequestBuilder;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestRedirect;

use super::error::{member, peer_fault};
use super::host::{JsExchange, JsHost};
use crate::error::PeerFault;
use crate::ports::{Answer, Body, Exchange, Transport};

/// Tags longer than this are not remembered.
const MAX_TAG_BYTES: usize = 256;

impl Transport for JsHost {
    type Exchange = Fetch;

    fn exchange(&self) -> Fetch {
        Fetch(std::rc::Rc::new(Open(JsHost::exchange(self))))
    }
}

/// One exchange; its bodies keep it open.
pub struct Fetch(std::rc::Rc<Open>);

struct Open(JsExchange);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Exchange for Fetch {
    type Body = Chunks;

    async fn get(&self, url: &str, tags: &[String]) -> Result<Answer<Chunks>, PeerFault> {
        let mut builder = RequestBuilder::new(url).redirect(RequestRedirect::Manual);
        if !tags.is_empty() {
            // Without max-age=0 Node's fetch adds no-cache, and Express never answers 304.
            builder = builder.header("if-none-match", &tags.join(", ")).header("cache-control", "max-age=0");
        }
        let request = builder.build().map_err(|error| PeerFault::Unreachable(error.to_string()))?;
        let response = JsFuture::from(self.0.0.fetch(&request.into()))
            .await
            .map_err(|thrown| peer_fault(&thrown, PeerFault::Unreachable))?;
        if member(&response, "type").as_string().as_deref() == Some("opaqueredirect") {
            return Err(PeerFault::Redirected);
        }
        let status = member(&response, "status").as_f64().unwrap_or_default() as u16;
        if status == 0 {
            return Err(PeerFault::Unreachable("fetch gave something that is no Response".to_owned()));
        }
        let etag = member(&response, "etag").as_string().filter(|tag| is_plain(tag));
        Ok(Answer { status, etag, body: Chunks { exchange: self.0.clone(), response } })
    }
}

fn is_plain(tag: &str) -> bool {
    (1..=MAX_TAG_BYTES).contains(&tag.len()) && tag.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

/// The body of one response.
pub struct Chunks {
    exchange: std::rc::Rc<Open>,
    response: JsValue,
}

impl Body for Chunks {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, PeerFault> {
        let chunk = JsFuture::from(self.exchange.0.read(&self.response))
            .await
            .map_err(|thrown| peer_fault(&thrown, PeerFault::BodyCut))?;
        Ok((!chunk.is_undefined()).then(|| js_sys::Uint8Array::new(&chunk).to_vec()))
    }
}
