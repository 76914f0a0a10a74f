//! The transport of a scripted network: each peer, and the service, answers by its script.

use dbsharing::error::PeerFault;
use dbsharing::ports::{Answer, Body, Exchange, Request, Transport};

use super::World;
use super::answering::{Answering, percent_decoded};

impl<'w> Transport for &'w World {
    type Exchange = Self;

    fn exchange(&self, deadline_ms: u64) -> &'w World {
        self.deadlines_ms.borrow_mut().push(deadline_ms);
        self
    }
}

impl<'w> Exchange for &'w World {
    type Body = Pieces<'w>;

    async fn get(
        &self,
        Request { url, headers, wanted, allows_private: _ }: Request,
    ) -> Result<Answer<Pieces<'w>>, PeerFault> {
        self.gates.pass().await;
        if self.is_aborted.get() {
            return Err(PeerFault::Aborted);
        }
        let tags = headers.iter().find(|(name, _)| *name == "if-none-match").map(|(_, value)| value.as_str());
        let tags = tags.unwrap_or_default();
        let answering = if url == "http://192.0.2.254/nodes/task"
            && let Some(service) = &self.service
        {
            service.clone()
        } else if url == "http://192.0.2.254/nodes/task" {
            let listed: Vec<String> = self.peers.keys().map(|url| format!(r#"{{"data":{{"url":"{url}"}}}}"#)).collect();
            Answering::body(&format!("[{}]", listed.join(",")))
        } else {
            self.tags_sent.borrow_mut().push(tags.to_owned());
            self.urls.borrow_mut().push(url.clone());
            let (path, after) = url.split_once("?after=").map_or((url.as_str(), None), |(path, key)| (path, Some(key)));
            let peer = path.strip_suffix("/task/task/linktree/all").or(path.strip_suffix("/task/task/linktree/list"));
            let answering = self.peers[peer.expect("one of the two paths")].clone();
            after.map_or(answering.clone(), |key| answering.after(&percent_decoded(key)))
        };
        let etag = answering.etag.map(str::to_owned);
        let is_current = etag.as_ref().is_some_and(|etag| tags.split(", ").any(|tag| tag == etag));
        let header = |name: &&str| match *name {
            "etag" => etag.clone(),
            "location" => answering.location.clone(),
            _ => None,
        };
        let headers = wanted.iter().map(header).collect();
        let body = Pieces { world: self, answering: answering.clone(), at: 0 };
        match answering.status {
            0 => Err(PeerFault::Unreachable("nothing listens".to_owned())),
            _ if answering.is_silent => Err(late()),
            _ if is_current => Ok(Answer { status: 304, headers, body }),
            status => Ok(Answer { status, headers, body }),
        }
    }
}

fn late() -> PeerFault {
    PeerFault::Timeout { limit_ms: 10_000, is_longer: false }
}

/// A body in pieces.
pub struct Pieces<'w> {
    world: &'w World,
    answering: Answering,
    at: usize,
}

impl Body for Pieces<'_> {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, PeerFault> {
        self.world.gates.pass().await;
        let Answering { body, piece_bytes, slow_after, crowded_after, .. } = &self.answering;
        if self.at >= *slow_after {
            return Err(late());
        }
        if self.at >= *crowded_after {
            return Err(PeerFault::Crowded("more than 64 MiB waited".to_owned()));
        }
        let piece = &body[self.at..body.len().min(self.at + piece_bytes).min(*slow_after).min(*crowded_after)];
        self.at += piece.len();
        if piece.is_empty() && !body.starts_with(b"[{\"data\":{\"url\"") {
            self.world.bodies_read.set(self.world.bodies_read.get() + 1);
        }
        Ok((!piece.is_empty()).then(|| piece.to_vec()))
    }
}
