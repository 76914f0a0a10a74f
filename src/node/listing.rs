//! The peers that a round may ask: those that the service lists, and those that the task names.

use std::rc::Rc;

use super::exchange::Round;
use super::routes::percent_encoded;
use crate::error::{PeerFault, ShareError};
use crate::limits::MAX_LIST_BYTES;
use crate::peers::{self, Admission, Admitted, ListFault, ListReader, PeerUrl, Reach};
use crate::ports::{Answer, Body as _, Exchange as _, Host, Request, Store, Transport};

/// How many bytes of a node list are read before the event loop gets a turn.
const LIST_SLICE_BYTES: usize = 32 * 1024;

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// The admitted peers of the service and of the task, and the fault if either could not be asked. If that was the
    /// service, its last list is used for a while. Without a service the task's peers are the list, as if a service on a
    /// private network had given it.
    pub(super) async fn admitted_urls(&self) -> (Vec<PeerUrl>, Option<ShareError>) {
        let options = &self.node.options;
        let (mut listed, service_fault) = match &options.service_url {
            Some(service_url) => self.listed(service_url).await,
            None => (Rc::default(), None),
        };
        let (mut extra, peers_fault) = match self.node.ports.host.extra_peers(options.peer_timeout_ms).await {
            Ok(extra) => (extra, None),
            Err(why) => (Vec::new(), Some(ShareError::PeersFailed(why))),
        };
        if options.service_url.is_none() {
            listed = Rc::new(std::mem::take(&mut extra));
            self.service_is_silent.set(true);
        }
        self.node.let_others_run().await;
        let admission = Admission {
            service: options.service_url.as_deref().map_or(Some(Reach::Private), peers::reach),
            allow_private: options.allow_private_networks,
            self_urls: &options.self_urls,
            task_id: self.task_id,
            collection: &options.collection,
        };
        let mut admitting = admission.begin(&listed, &extra);
        while admitting.step() {
            self.node.let_others_run().await;
        }
        let Admitted { urls, refused, allows_private } = admitting.into_admitted();
        self.allows_private.set(allows_private);
        for refused in refused {
            let why = PeerFault::AddressRefused(refused.why.to_string());
            self.ledger.borrow_mut().skip(&refused.url, &why);
        }
        (urls, service_fault.or(peers_fault))
    }

    /// What the service lists now, or else listed last.
    async fn listed(&self, service_url: &str) -> (Rc<Vec<String>>, Option<ShareError>) {
        match self.node_list(service_url).await {
            Ok(list) => {
                let list = Rc::new(list);
                let state = &mut *self.node.state.borrow_mut();
                state.remember_list(&list, self.now_ms);
                state.note_connected();
                (list, None)
            }
            Err(error) => (self.node.state.borrow().remembered_list(self.now_ms), Some(error)),
        }
    }

    async fn node_list(&self, service_url: &str) -> Result<Vec<String>, ShareError> {
        let exchange = self.node.ports.transport.exchange(self.node.options.peer_timeout_ms);
        let url = format!("{service_url}/nodes/{}", percent_encoded(self.task_id));
        // The service was named by the task itself, so it may have any address.
        let request = Request { url, headers: Vec::new(), wanted: &[], allows_private: true };
        let answer = exchange.get(request).await;
        self.service_is_silent.set(matches!(answer, Err(PeerFault::Unreachable(_) | PeerFault::Timeout { .. })));
        let Answer { status, mut body, .. } = answer.map_err(as_service_fault)?;
        if status != 200 {
            return Err(ShareError::ServiceStatus(status));
        }
        let (mut list, mut bytes, mut cut) = (ListReader::default(), 0_usize, None);
        loop {
            let chunk = match body.next().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                // A cut after the end of the list does no harm.
                Err(fault @ PeerFault::BodyCut(_)) => {
                    cut = Some(fault);
                    break;
                }
                Err(fault) => return Err(as_service_fault(fault)),
            };
            bytes = bytes.saturating_add(chunk.len());
            if bytes > MAX_LIST_BYTES {
                return Err(ShareError::ServiceBadBody(format!("it is longer than {MAX_LIST_BYTES} bytes")));
            }
            if !self.read_list(&mut list, &chunk).await.map_err(as_bad_list)? {
                break;
            }
        }
        list.finish().map_err(|fault| cut.map_or_else(|| as_bad_list(fault), as_service_fault))
    }

    /// Reads a chunk of a node list in slices; returns whether more is wanted.
    async fn read_list(&self, list: &mut ListReader, chunk: &[u8]) -> Result<bool, ListFault> {
        for slice in chunk.chunks(LIST_SLICE_BYTES) {
            if !list.read(slice)? {
                return Ok(false);
            }
            self.node.let_others_run().await;
        }
        Ok(true)
    }
}

fn as_bad_list(fault: ListFault) -> ShareError {
    ShareError::ServiceBadBody(fault.to_string())
}

fn as_service_fault(fault: PeerFault) -> ShareError {
    match fault {
        PeerFault::Aborted => ShareError::Aborted,
        PeerFault::Unreachable(why) => ShareError::ServiceUnreachable(why),
        other => ShareError::ServiceUnreachable(other.to_string()),
    }
}
