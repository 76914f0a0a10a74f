//! Requests on their way, and the answers of nodes.

use std::rc::Rc;

use dbsharing::node::{Incoming, ReplyBody};

use super::network::{Given, SERVICE};
use super::plan::Kind;
use super::scripted;
use super::wire::{End, Head, Sender, Wire};
use super::world::{SERVICE_URL, World};

/// After which a lost message is sent again.
const RESENT_US: u64 = 200_000;

impl World {
    pub fn addressee(&self, url: &str) -> Option<usize> {
        if url.starts_with(SERVICE_URL) { Some(SERVICE) } else { self.machine_at(url).map(|(to, _)| to) }
    }

    /// Sends a request; its answer comes by the wire that this gives.
    pub fn send(self: &Rc<Self>, from: usize, to: usize, url: &str, given: Given) -> Rc<Wire> {
        let (pair, now_us) = ((from, to), self.executor.now_us());
        let latency_us = self.network.latency_us(pair);
        let breaks_after = self.draw(|random| {
            random.is_percent(self.plan.cut_percent).then(|| usize::try_from(random.below(20_000)).unwrap_or_default())
        });
        let breaks_after = breaks_after.filter(|_| to != SERVICE && now_us < self.plan.quiet_from_us());
        let bytes_a_us = self.draw(|random| random.between(1, 10));
        let wire = Wire::new(Rc::clone(&self.executor), latency_us, bytes_a_us, breaks_after);
        if to != SERVICE && !self.plan.machines[to].is_reachable {
            return wire; // what is sent there is lost
        }
        let lost_us = if self.draw(|random| random.is_percent(self.plan.loss_percent)) { RESENT_US } else { 0 };
        let connecting_us = if self.network.is_kept(pair, now_us) { 0 } else { 2 * latency_us };
        let free_us = self.network.parted_until_us(pair, now_us).map_or(0, |until_us| until_us - now_us + RESENT_US);
        let arrives_us = now_us + free_us + connecting_us + latency_us + lost_us;
        let (world, url, answer) = (Rc::clone(self), url.to_owned(), Rc::clone(&wire));
        self.executor.call_at(arrives_us, move || world.arrive(to, &url, given, answer));
        wire
    }

    /// A request has arrived.
    fn arrive(self: &Rc<Self>, to: usize, url: &str, given: Given, wire: Rc<Wire>) {
        if wire.is_over() {
            return;
        }
        if to == SERVICE {
            return scripted::answer_as_service(self, &wire);
        }
        let path = self.machine_at(url).map_or("", |(_, path)| path).to_owned();
        match self.plan.machines[to].kind {
            Kind::Node => self.serve(to, path, given, wire),
            kind => scripted::answer(self, to, kind, &path, &given, wire),
        }
    }

    /// A node answers: the head, and as many pages as are taken.
    fn serve(self: &Rc<Self>, to: usize, target: String, (tags, accept): Given, wire: Rc<Wire>) {
        let Some(node) = self.node(to) else { return wire.send_head(Head::Refused("connection refused")) };
        let waits_us = self.put_amid(to);
        let world = Rc::clone(self);
        let sender = Sender(wire);
        self.executor.spawn(to, async move {
            world.executor.sleep(waits_us).await;
            let wire = &sender.0;
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            let (if_none_match, accept) = (tags.as_deref(), accept.as_deref());
            let request =
                Incoming { method: "GET", path, query, accept, if_none_match, asked_headers: None, body: b"" };
            let changes = node.state.borrow().holdings.changes();
            let Some(reply) = node.serve(request, world.wall_ms(to)).await else {
                return wire.send_head(Head::Answer { status: 404, etag: None, location: None });
            };
            let etag = reply.headers.iter().find(|(name, _)| *name == "etag").map(|(_, value)| value.clone());
            let mut promised = world.laws.promise(&world, to, &node, etag.as_deref(), (reply.status, changes), query);
            wire.send_head(Head::Answer { status: reply.status, etag: etag.clone(), location: None });
            match reply.body {
                ReplyBody::None => wire.end(End::Clean),
                ReplyBody::Text(text) => {
                    wire.send(text.into_bytes()).await;
                    wire.end(End::Clean);
                }
                ReplyBody::Bytes(bytes) => {
                    world.laws.cells_are_those_of_their_tag(&world, to, &node, etag.as_deref(), &bytes);
                    wire.send(bytes).await;
                    wire.end(End::Clean);
                }
                ReplyBody::Pages(mut pages) => loop {
                    match node.page(&mut pages).await {
                        Ok(Some(page)) => {
                            promised.note(&world, to, &page);
                            if !wire.send(page.into_bytes()).await {
                                return;
                            }
                        }
                        Ok(None) => {
                            promised.check(&world, to);
                            return wire.end(End::Clean);
                        }
                        Err(fault) => {
                            world.say(to, || format!("ends its answer: {fault}"));
                            return wire.end(End::Cut);
                        }
                    }
                },
            }
        });
    }
}
