//! Machines that are not nodes of this version: the service, nodes of existing tasks, and liars.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::executor::Executor;
use super::lying_sums::lying_sums;
use super::network::{Given, SERVICE};
use super::plan::{Kind, Lie, SECOND_US, ServiceFailure};
use super::records::Signed;
use super::wire::{End, Head, Sender, Wire};
use super::world::World;
use crate::common::{NOW_MS, signed};

/// A liar that never ends sends no more than this.
const FLOOD_BYTES: usize = 2 * 1024 * 1024;
const PIECE_BYTES: usize = 1_000;

/// An answer as it is to be sent.
pub struct Script {
    status: u16,
    etag: Option<String>,
    location: Option<&'static str>,
    pieces: Vec<Vec<u8>>,
    gap_us: u64,
    end: Ending,
}

enum Ending {
    Clean,
    Cut,
    /// Nothing comes any more, and the connection stays open.
    Never,
}

impl Script {
    pub fn status(status: u16) -> Self {
        Self { status, etag: None, location: None, pieces: Vec::new(), gap_us: 0, end: Ending::Clean }
    }

    pub fn body(body: &str) -> Self {
        Self::bytes(body.as_bytes())
    }

    pub fn bytes(body: &[u8]) -> Self {
        let pieces = body.chunks(PIECE_BYTES).map(<[u8]>::to_vec).collect();
        Self { pieces, ..Self::status(200) }
    }

    pub fn list(items: &[String]) -> Self {
        Self::body(&format!("[{}]", items.join(",")))
    }

    pub fn tagged(self, etag: String) -> Self {
        Self { etag: Some(etag), ..self }
    }

    fn send(self, executor: &Rc<Executor>, owner: usize, wire: Rc<Wire>) {
        let location = self.location.map(str::to_owned);
        wire.send_head(Head::Answer { status: self.status, etag: self.etag, location });
        let (executor_of_task, sender) = (Rc::clone(executor), Sender(wire));
        executor.spawn(owner, async move {
            for piece in self.pieces {
                if self.gap_us > 0 {
                    executor_of_task.sleep(self.gap_us).await;
                }
                if !sender.0.send(piece).await {
                    return;
                }
            }
            match self.end {
                Ending::Clean => sender.0.end(End::Clean),
                Ending::Cut => sender.0.end(End::Cut),
                Ending::Never => {
                    while !sender.0.is_over() {
                        executor_of_task.sleep(SECOND_US).await;
                    }
                }
            }
        });
    }
}

/// What the service answers: everybody who is there, whether they can be reached or not, and some that are odd.
pub fn answer_as_service(world: &Rc<World>, wire: &Rc<Wire>) {
    let entry = |url: &str| format!(r#"{{"data":{{"url":"{url}"}},"owner":"someone"}}"#);
    let script = match world.service.get() {
        Some(ServiceFailure::Away) => Script::status(502),
        Some(ServiceFailure::Nobody) => Script::body("[]"),
        Some(ServiceFailure::Strangers) => {
            Script::list(&(0..50).map(|at| entry(&format!("http://stranger{at}.example"))).collect::<Vec<_>>())
        }
        Some(ServiceFailure::Broken) => Script::body("<html>"),
        None => {
            let mut entries: Vec<String> = world.plan.present().map(|at| entry(&world.machines[at].url)).collect();
            entries.extend(["null".to_owned(), "{}".to_owned(), entry("http://null"), entry("")]);
            Script::list(&entries)
        }
    };
    script.send(&world.executor, SERVICE, Rc::clone(wire));
}

/// What a machine of another kind answers.
pub fn answer(world: &Rc<World>, machine: usize, kind: Kind, path: &str, (tags, accept): &Given, wire: Rc<Wire>) {
    let tags = tags.as_deref().unwrap_or_default();
    let answers = &world.machines[machine].answers;
    answers.set(answers.get() + 1);
    let script = match kind {
        Kind::Legacy => honest(world, machine, path, tags, "/all"),
        Kind::ListOnly => honest(world, machine, path, tags, "/list"),
        Kind::Liar(Lie::Deaf) => return keep_open(world, machine, wire),
        Kind::Liar(lie) => lying(world, machine, lie, (path, tags, accept.as_deref())),
        Kind::Node => return,
    };
    script.send(&world.executor, machine, wire);
}

/// No answer comes, until the asker gives up.
fn keep_open(world: &Rc<World>, machine: usize, wire: Rc<Wire>) {
    let executor = Rc::clone(&world.executor);
    world.executor.spawn(machine, async move {
        while !wire.is_over() {
            executor.sleep(SECOND_US).await;
        }
    });
}

/// An Express app: all that it has, with a weak tag of its text, compared as Express does.
fn honest(world: &World, machine: usize, path: &str, tags: &str, ending: &str) -> Script {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if !path.ends_with(ending) {
        return Script::body("<pre>Cannot GET</pre>").with_status(404);
    }
    let held = world.machines[machine].database.borrow();
    let item = |(key, (_, text)): (&Rc<str>, &(Rc<str>, Rc<str>))| match ending {
        "/all" => format!(r#"{{"key":"linktree:{}","value":{text}}}"#, key.split('/').next().unwrap_or_default()),
        _ => text.to_string(),
    };
    let body = format!("[{}]", held.entries.iter().map(item).collect::<Vec<_>>().join(","));
    let sum = body.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let etag = format!("W/\"{:x}-{sum:x}\"", body.len());
    if tags.split(", ").any(|tag| tag == etag) {
        return Script::status(304).tagged(etag);
    }
    Script::body(&body).tagged(etag)
}

impl Script {
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

/// Some of the pool's records, others for each answer.
fn some_records(world: &World) -> Vec<String> {
    let count = world.draw(|random| random.between(1, 30));
    (0..count).map(|_| world.draw(|random| random.pick(world.offered()).text.to_string())).collect()
}

fn lying(world: &World, machine: usize, lie: Lie, (path, tags, accept): (&str, &str, Option<&str>)) -> Script {
    let answers = world.machines[machine].answers.get();
    let some = some_records(world);
    let array = format!("[{}]", some.join(","));
    match lie {
        Lie::Forged => Script::list(&forged(world, some)).tagged(format!("W/\"{answers}\"")),
        Lie::NewTags => Script::list(&some).tagged(format!("W/\"1-{answers:064x}\"")),
        Lie::OneTag => Script::list(&some).tagged("W/\"same\"".to_owned()),
        Lie::NeverChanged => Script::status(304),
        Lie::OurTag => Script::list(&some).tagged(tags.split(", ").last().unwrap_or_default().to_owned()),
        Lie::NoArray => {
            let bodies = ["", "null", "{\"message\":\"no\"}", "<html>", "\"[]\"", "\u{0}"];
            Script::body(world.draw(|random| *random.pick(&bodies)))
        }
        Lie::Faulty => Script::body(&array.replacen("},{", "},,{", 1)),
        Lie::Cut => Script { end: Ending::Cut, ..Script::body(&array[..array.len() - 1]) },
        Lie::Drip => Script {
            gap_us: SECOND_US,
            pieces: array.bytes().take(200).map(|byte| vec![byte]).collect(),
            ..Script::status(200)
        },
        Lie::Silent | Lie::Deaf => Script { end: Ending::Never, ..Script::status(200) },
        Lie::Flood => flood(&some),
        Lie::Statuses => {
            let status = world.draw(|random| *random.pick(&[204, 206, 301, 401, 404, 413, 422, 429, 500, 503]));
            Script {
                location: (status == 301).then_some("http://n0.example/"),
                ..Script::list(&some).with_status(status)
            }
        }
        Lie::Future => Script::list(&future(world, machine)),
        Lie::Decorated => Script::list(
            &some.iter().map(|text| text.replacen('{', "{\"username\":\"someone\",", 1)).collect::<Vec<_>>(),
        ),
        Lie::Stripped => Script::list(&stripped(&some)),
        Lie::Stale => Script::list(&oldest(world.offered())).tagged(format!("W/\"1-{answers:064x}\"")),
        Lie::Repeated => Script::list(&vec![some[0].clone(); 500]),
        Lie::Announced | Lie::Cells | Lie::Shifting | Lie::Unserved => {
            lying_sums(world, lie, path, accept, &some).unwrap_or_else(|| Script::list(&some))
        }
        Lie::Circle => Script { end: Ending::Cut, ..Script::body(&array) },
    }
}

/// Good records, then signatures that belong to others, and texts that were changed; and good ones again.
fn forged(world: &World, some: Vec<String>) -> Vec<String> {
    let (mut items, mut others) = (some.clone(), Vec::new());
    for text in some {
        let other = world.draw(|random| Rc::clone(random.pick(world.offered())));
        others.push(text.replace("\"linktree\":[", "\"linktree\":[\"forged\","));
        if let Some(own) = super::records::signature_in(&text) {
            others.push(text.replace(own, &other.signature).replace("linktree\":[", "linktree\":[0,"));
        }
    }
    items.append(&mut others);
    items.extend(some_records(world));
    items
}

fn flood(some: &[String]) -> Script {
    let piece = format!("{},", some.join(",")).into_bytes();
    let count = FLOOD_BYTES / piece.len() + 1;
    let pieces = std::iter::once(b"[".to_vec()).chain(std::iter::repeat_n(piece, count)).collect();
    Script { pieces, end: Ending::Never, ..Script::status(200) }
}

/// Its own, well signed: in an hour, in a year, at the end of time.
fn future(world: &World, machine: usize) -> Vec<String> {
    let signer = 100 + u8::try_from(machine % 100).unwrap_or_default();
    let times = [world.true_ms() + 3_600_000, NOW_MS + 31_536_000_000, 9_007_199_254_740_991];
    times.map(|timestamp_ms| signed(signer, &format!(r#"{{"uuid":"later","timestamp":{timestamp_ms}}}"#))).to_vec()
}

fn stripped(some: &[String]) -> Vec<String> {
    let data = |text: &String| {
        text.split_once("\"data\":")
            .and_then(|(_, rest)| rest.split_once(",\"publicKey\""))
            .map(|(data, _)| data.to_owned())
    };
    some.iter().filter_map(data).chain(["null", "1", "{}", "{\"data\":[]}", "[]"].map(str::to_owned)).collect()
}

fn oldest(offered: &[Rc<Signed>]) -> Vec<String> {
    let mut least: BTreeMap<&str, &Signed> = BTreeMap::new();
    for record in offered {
        let held = least.entry(&record.key).or_insert(record);
        if record.version < held.version {
            *held = record;
        }
    }
    least.values().map(|record| record.text.to_string()).collect()
}
