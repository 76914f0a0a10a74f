//! The [`Transport`] port: requests by gloo-net, sent by the `fetch` that JavaScript supplies.
//!
//! gloo-net's own `send` is not used: it panics on a `Response` of another realm, which an injected `fetch` may return. It
//! also panics where the runtime has no `Request` or `Headers`: there JavaScript gets the parts of a request.

use std::rc::Rc;

use gloo_net::http::RequestBuilder;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestRedirect;

use super::error::{member, peer_fault};
use super::host::{JsExchange, JsHost, elements, strings};
use crate::error::PeerFault;
use crate::ports::{Answer, Body, Exchange, Request, Transport};

impl Transport for JsHost {
    type Exchange = Fetch;

    fn exchange(&self, deadline_ms: u64) -> Fetch {
        Fetch(Rc::new(Open(JsHost::exchange(self, deadline_ms as f64))))
    }
}

/// One exchange; its bodies keep it open.
pub struct Fetch(Rc<Open>);

struct Open(JsExchange);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Exchange for Fetch {
    type Body = Chunks;

    async fn get(&self, request: Request) -> Result<Answer<Chunks>, PeerFault> {
        let given = if self.0.0.takes_requests() { built(&request)? } else { parts(&request) };
        let wanted = strings(request.wanted.iter().copied());
        let response = JsFuture::from(self.0.0.fetch(&given, wanted, request.allows_private))
            .await
            .map_err(|thrown| peer_fault(&thrown, PeerFault::Unreachable))?;
        if member(&response, "type").as_string().as_deref() == Some("opaqueredirect") {
            return Err(PeerFault::Redirected(None));
        }
        let status = member(&response, "status").as_f64().unwrap_or_default() as u16;
        if status == 0 {
            return Err(PeerFault::Unreachable("fetch gave something other than a Response".to_owned()));
        }
        let headers = elements(member(&response, "headers")).iter().map(JsValue::as_string).collect();
        Ok(Answer { status, headers, body: Chunks { exchange: self.0.clone(), response } })
    }
}

fn built(request: &Request) -> Result<JsValue, PeerFault> {
    let builder = RequestBuilder::new(&request.url).redirect(RequestRedirect::Manual);
    let builder = request.headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    let built = builder.build().map_err(|error| PeerFault::Unreachable(error.to_string()))?;
    Ok(web_sys::Request::from(built).into())
}

/// The url, followed by alternating names and values of headers.
fn parts(request: &Request) -> JsValue {
    let headers = request.headers.iter().flat_map(|(name, value)| [*name, value]);
    strings(std::iter::once(&*request.url).chain(headers)).into()
}

/// The body of one response.
pub struct Chunks {
    exchange: Rc<Open>,
    response: JsValue,
}

impl Body for Chunks {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, PeerFault> {
        let chunk = JsFuture::from(self.exchange.0.read(&self.response))
            .await
            .map_err(|thrown| peer_fault(&thrown, PeerFault::BodyCut))?;
        Ok((!chunk.is_undefined()).then(|| js_sys::Uint8Array::unchecked_from_js(chunk).to_vec()))
    }
}
