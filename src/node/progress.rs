//! Progress: work that takes longer than a second reports its progress every second.

use std::convert::Infallible;
use std::pin::pin;

use futures_util::future::{Either, select};

use super::state::Node;
use crate::ports::Host;

const SECOND_MS: u64 = 1_000;

impl<T, S, H: Host> Node<T, S, H> {
    /// Does some work, and calls `tell` every second until it is done.
    pub(super) async fn with_progress<V>(&self, work: impl Future<Output = V>, tell: impl Fn()) -> V {
        let telling = async {
            loop {
                self.ports.host.idle(SECOND_MS).await;
                tell();
            }
        };
        match select(pin!(work), pin!(telling)).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => never_ending(never),
        }
    }
}

fn never_ending<V>(never: Infallible) -> V {
    match never {}
}
