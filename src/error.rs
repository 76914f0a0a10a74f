//! Every way in which an item, a peer or a round can fail, each with a stable code and a sentence.

use std::fmt;

use crate::counted::Counted;
use crate::json::Fault;
use crate::limits::MAX_REFUSED_BYTES;
use crate::printable::Printable;
use crate::record::Identity;
use crate::symbols::BodyFault;
use crate::time_span::TimeSpan;

mod rejection;

pub use rejection::Rejection;

/// What a failure is called in reports and verdicts. The names never change.
pub trait Code {
    /// The stable code, such as `BAD_SIGNATURE`.
    fn code(&self) -> &'static str;
}

/// Why one peer gave less than everything it has. Records accepted until then are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerFault {
    /// There was no connection, or it broke before an answer came.
    Unreachable(String),
    /// The whole exchange took longer than its deadline.
    Timeout {
        /// The limit.
        limit_ms: u64,
        /// Whether it is longer than `peerTimeoutMs`, because the peer took too long in earlier rounds.
        is_longer: bool,
    },
    /// An HTTP status other than 200, 203, 304, 404 and 422. 206, for example, is a part and not the whole.
    Status(u16),
    /// 422: the peer's task has been stopped.
    Stopped,
    /// A redirect, which is never followed, and its target if known.
    Redirected(Option<String>),
    /// The url points to an address that this node does not ask.
    AddressRefused(String),
    /// The peer failed several times; it is asked again later.
    BackingOff {
        /// How much longer it is left alone.
        wait_ms: u64,
        /// How many times in a row it, or every peer of its host, failed or had nothing.
        failures: u32,
    },
    /// An exchange with it, begun in this round or an earlier one, is still running and may outlast the round.
    Slow {
        /// How long the exchange has been running.
        waited_ms: u64,
        /// How long it may take in all.
        limit_ms: u64,
    },
    /// The body is not a JSON array. The text is its beginning, empty if an array had begun.
    BadBody(Fault, String),
    /// The body begins like one of symbols, and is not the one that was asked for.
    BadSymbols(BodyFault),
    /// The body ended, or the connection broke, before its array did.
    BodyCut(String),
    /// We cut the body off because too many bytes of all bodies were waiting to be judged. The peer is not to blame.
    Crowded(String),
    /// Its slots are named in another way than this node's, so that its symbols say nothing here. Its body is read.
    Differs {
        /// Its option `identity`.
        theirs: Identity,
        /// This node's.
        ours: Identity,
    },
    /// More than `maxBodyBytes`, counted after decompression.
    BodyTooLarge {
        /// The limit.
        max_body_bytes: u64,
    },
    /// More than `maxItems` items.
    TooManyItems {
        /// The limit.
        max_items: u64,
    },
    /// More than `maxRejected` signatures did not verify.
    TooManyRejected {
        /// The limit.
        max_rejected: u64,
    },
    /// The database failed while this peer's records were being stored.
    Store(StoreFault),
    /// The round was ended by `stop()` or by the `signal`.
    Aborted,
}

impl Code for PeerFault {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "PEER_UNREACHABLE",
            Self::Timeout { .. } => "PEER_TIMEOUT",
            Self::Status(_) => "PEER_STATUS",
            Self::Stopped => "PEER_STOPPED",
            Self::Redirected(_) => "PEER_REDIRECTED",
            Self::AddressRefused(_) => "ADDRESS_REFUSED",
            Self::BackingOff { .. } => "BACKING_OFF",
            Self::Slow { .. } => "PEER_SLOW",
            Self::BadBody(..) | Self::BadSymbols(_) => "BAD_BODY",
            Self::Differs { .. } => "PEER_DIFFERS",
            Self::BodyCut(_) | Self::Crowded(_) => "BODY_CUT",
            Self::BodyTooLarge { .. } => "BODY_TOO_LARGE",
            Self::TooManyItems { .. } => "TOO_MANY_ITEMS",
            Self::TooManyRejected { .. } => "TOO_MANY_REJECTED",
            Self::Store(fault) => fault.code(),
            Self::Aborted => "ABORTED",
        }
    }
}

impl fmt::Display for PeerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "no answer: {}", Printable(why)),
            Self::Timeout { limit_ms, is_longer } => {
                let why = if *is_longer { "more than peerTimeoutMs, after earlier time-outs" } else { "peerTimeoutMs" };
                write!(f, "the exchange took longer than {} ({why})", TimeSpan(*limit_ms))
            }
            Self::Status(status) => write!(f, "answered with HTTP status {status}; wanted 200"),
            Self::Stopped => f.write_str("the task is stopped on this node (HTTP status 422)"),
            Self::Redirected(None) => f.write_str("answered with a redirect, which is never followed"),
            Self::Redirected(Some(to)) => {
                let to = Printable(to.get(..to.floor_char_boundary(MAX_REFUSED_BYTES)).unwrap_or(to));
                write!(f, "answered with a redirect to {to}, which is never followed")
            }
            Self::AddressRefused(why) => Printable(why).fmt(f),
            Self::BackingOff { wait_ms, failures } => {
                let wait = TimeSpan(*wait_ms);
                let times = Counted(u64::from(*failures), "time");
                write!(f, "left alone for {wait} more after it failed, or had nothing, {times} in a row")
            }
            Self::Slow { waited_ms, limit_ms } => {
                let (waited, limit) = (TimeSpan(*waited_ms), TimeSpan(*limit_ms));
                write!(
                    f,
                    "being asked for {waited} already, with a deadline of {limit} because it took too long before"
                )
            }
            Self::BadBody(fault, beginning) => {
                write!(f, "the body is not a JSON array of records; {fault}")?;
                if beginning.is_empty() { Ok(()) } else { write!(f, " (it begins: {})", Printable(beginning)) }
            }
            Self::BadSymbols(fault) => fault.fmt(f),
            Self::Differs { theirs, ours } => {
                let (theirs, ours) = (theirs.name(), ours.name());
                write!(
                    f,
                    "it has identity \"{theirs}\", this node has \"{ours}\"; its whole body is read instead of what differs"
                )
            }
            Self::BodyCut(why) => write!(f, "the body ended before its array did: {}", Printable(why)),
            Self::Crowded(why) => {
                write!(f, "the body was cut off here and is read again in the next round: {}", Printable(why))
            }
            Self::BodyTooLarge { max_body_bytes } => {
                write!(f, "the body is longer than {} (maxBodyBytes)", Counted(*max_body_bytes, "byte"))
            }
            Self::TooManyItems { max_items } => {
                write!(f, "the body has more than {} (maxItems)", Counted(*max_items, "item"))
            }
            Self::TooManyRejected { max_rejected } => {
                write!(f, "more than {} did not verify (maxRejected)", Counted(*max_rejected, "signature"))
            }
            Self::Store(fault) => fault.fmt(f),
            Self::Aborted => f.write_str("the round was ended by stop() or by the signal"),
        }
    }
}

/// Why the database did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFault {
    /// Which of the store's codes it is.
    pub kind: StoreFaultKind,
    /// What the database said.
    pub message: String,
}

/// The codes of a store that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFaultKind {
    /// It threw, rejected, or gave an answer that breaks its contract.
    Failed,
    /// It did not answer within `storeTimeoutMs`.
    Timeout,
    /// It acknowledged a write but does not hold it.
    Dropped,
    /// It holds records under the keys that the other value of the option `identity` gives them.
    Identity,
}

impl Code for StoreFault {
    fn code(&self) -> &'static str {
        match self.kind {
            StoreFaultKind::Failed => "STORE_FAILED",
            StoreFaultKind::Timeout => "STORE_TIMEOUT",
            StoreFaultKind::Dropped => "STORE_DROPPED",
            StoreFaultKind::Identity => "IDENTITY_MISMATCH",
        }
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Printable(&self.message).fmt(f)
    }
}

/// Why a round ended early, or got no node list from the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareError {
    /// There is no `taskId`: the task does not run on a node of the platform.
    NoTaskId,
    /// The service did not answer.
    ServiceUnreachable(String),
    /// The service answered with a status other than 200.
    ServiceStatus(u16),
    /// The service's body is not a node list.
    ServiceBadBody(String),
    /// The task's option `peers` failed. The text completes "option peers …", such as "threw: no network".
    PeersFailed(String),
    /// The database failed.
    Store(StoreFault),
    /// The round was ended by `stop()` or by the `signal`.
    Aborted,
}

impl Code for ShareError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoTaskId => "NO_TASK_ID",
            Self::ServiceUnreachable(_) => "SERVICE_UNREACHABLE",
            Self::ServiceStatus(_) => "SERVICE_STATUS",
            Self::ServiceBadBody(_) => "SERVICE_BAD_BODY",
            Self::PeersFailed(_) => "PEERS_FAILED",
            Self::Store(fault) => fault.code(),
            Self::Aborted => "ABORTED",
        }
    }
}

impl fmt::Display for ShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTaskId => f.write_str(
                "taskId is missing; wanted one: the task does not run on a node, so it has no peers to share with",
            ),
            Self::ServiceUnreachable(why) => write!(f, "the node service did not answer: {}", Printable(why)),
            Self::ServiceStatus(status) => write!(f, "the node service answered with HTTP status {status}; wanted 200"),
            Self::ServiceBadBody(why) => write!(f, "the node service's answer is not a node list: {}", Printable(why)),
            Self::PeersFailed(why) => write!(f, "option peers {}", Printable(why)),
            Self::Store(fault) => fault.fmt(f),
            Self::Aborted => PeerFault::Aborted.fmt(f),
        }
    }
}

impl From<StoreFault> for ShareError {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

impl From<StoreFault> for PeerFault {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_and_limits_are_written_as_times() {
        for (fault, wanted) in [
            (
                PeerFault::Timeout { limit_ms: 10_000, is_longer: false },
                "the exchange took longer than 10 s (peerTimeoutMs)",
            ),
            (
                PeerFault::Timeout { limit_ms: 250, is_longer: false },
                "the exchange took longer than 250 ms (peerTimeoutMs)",
            ),
            (
                PeerFault::Timeout { limit_ms: 40_000, is_longer: true },
                "the exchange took longer than 40 s (more than peerTimeoutMs, after earlier time-outs)",
            ),
            (
                PeerFault::Slow { waited_ms: 12_000, limit_ms: 60_000 },
                "being asked for 12 s already, with a deadline of 1 min because it took too long before",
            ),
            (
                PeerFault::BackingOff { wait_ms: 78_400, failures: 5 },
                "left alone for 1 min 18 s more after it failed, or had nothing, 5 times in a row",
            ),
        ] {
            assert_eq!(fault.to_string(), wanted);
        }
    }
}
