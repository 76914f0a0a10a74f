//! Publishing: the peers to which a record is sent, and the urls at which they accept it.

use serde::Serialize;

use super::exchange::Round;
use super::random::Random;
use super::routes::writes_url;
use super::state::Node;
use crate::error::{PeerFault, ShareError};
use crate::peers::{NotAsked, PeerUrl, Reach};
use crate::ports::{Host, Store, Transport};

/// A node to which a record can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Addressee {
    /// Its base url, normalised, without a trailing slash.
    pub url: String,
    /// The url at which it accepts records, if it accepts any.
    pub endpoint: String,
    /// Whether its host is written as a private address.
    pub is_private: bool,
}

impl<T: Transport, S: Store, H: Host> Node<T, S, H> {
    /// Peers to send a record to: those that were listed last and are not backing off, chosen as for a round. If none were
    /// listed, the service and the option `peers` are asked first.
    ///
    /// # Errors
    ///
    /// [`ShareError::NoTaskId`]; or, if no peer can be chosen, why the service or the option `peers` failed.
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

    /// The node at this url. As the caller may have chosen the url, a private address is refused only if the option
    /// `allowPrivateNetworks` is false.
    ///
    /// # Errors
    ///
    /// [`PeerFault::AddressRefused`] for what is not the url of a node, and for addresses that are never asked.
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
