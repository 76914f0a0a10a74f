//! Publish: to whom a record is sent, and where they take it.

use serde::Serialize;

use super::exchange::Round;
use super::random::Random;
use super::routes::writes_url;
use super::state::Node;
use crate::error::{PeerFault, ShareError};
use crate::peers::{NotAsked, PeerUrl, Reach};
use crate::ports::{Host, Store, Transport};

/// A node that a record can be sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Addressee {
    /// Its base url, normalised, without a trailing slash.
    pub url: String,
    /// Where it takes records, if it does.
    pub endpoint: String,
    /// Whether its host is spelled out as one of a private network.
    pub is_private: bool,
}

impl<T: Transport, S: Store, H: Host> Node<T, S, H> {
    /// Peers that were listed last and are not left alone, chosen as for a round. Where none is known yet, those that the
    /// service and the task list now.
    ///
    /// # Errors
    ///
    /// Why nobody is listed.
    pub async fn peers_to_send_to(&self, now_ms: u64, seed: u64) -> Result<Vec<PeerUrl>, ShareError> {
        let task_id = self.options.task_id.as_deref().ok_or(ShareError::NoTaskId)?;
        let mut random = Random::new(seed);
        if self.state.borrow().book.lists_any() {
            let book = &self.state.borrow().book;
            return Ok(book.choose_listed(self.options.max_peers, now_ms, &mut || random.draw()));
        }
        let round = Round::new(self, task_id, now_ms);
        let (urls, fault) = round.admitted_urls().await;
        let chosen = round.choose(&urls, &mut random).await;
        fault.filter(|_| chosen.is_empty()).map_or(Ok(chosen), Err)
    }

    /// The node at this url, which the caller may have chosen: one on a private network is refused only where the option
    /// `allowPrivateNetworks` says so.
    ///
    /// # Errors
    ///
    /// [`PeerFault::AddressRefused`] for whatever is not the url of a node, and for addresses where none lives.
    pub fn addressee(&self, url: &str) -> Result<Addressee, PeerFault> {
        let options = &self.options;
        let task_id = options.task_id.as_deref();
        let refused = |why: NotAsked| PeerFault::AddressRefused(why.to_string());
        let url = PeerUrl::parse(url, task_id.unwrap_or_default(), &options.collection)
            .map_err(|why| refused(NotAsked::Url(why)))?;
        match url.reach() {
            Reach::Never => return Err(refused(NotAsked::Never)),
            _ if url.is_unspecified() => return Err(refused(NotAsked::Never)),
            Reach::Private if options.allow_private_networks == Some(false) => {
                return Err(refused(NotAsked::PrivateNetwork));
            }
            Reach::Private | Reach::Public => {}
        }
        Ok(Addressee {
            endpoint: writes_url(url.as_str(), task_id, &options.collection),
            is_private: url.reach() == Reach::Private,
            url: url.as_str().to_owned(),
        })
    }
}
