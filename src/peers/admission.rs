//! Which urls may be asked.

use std::collections::BTreeSet;

use super::address::Reach;
use super::not_asked::{BadUrl, NotAsked};
use super::url::PeerUrl;
use crate::limits::{MAX_REFUSED, MAX_REFUSED_BYTES};
use crate::printable::Printable;

/// The urls that may be asked, and those that may not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Each peer once, first seen first, without ourselves.
    pub urls: Vec<PeerUrl>,
    /// Each refused url once, first seen first, at most [`MAX_REFUSED`].
    pub refused: Vec<RefusedUrl>,
    /// Whether private networks may be asked.
    pub allows_private: bool,
}

/// A url that is not asked, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedUrl {
    /// As it was given, cut to [`MAX_REFUSED_BYTES`], with invisible characters as escapes.
    pub url: String,
    /// Why it is not asked.
    pub why: NotAsked,
}

/// The terms on which peers are admitted.
#[derive(Clone, Copy, Debug)]
pub struct Admission<'a> {
    /// How far the service's own host reaches.
    pub service: Option<Reach>,
    /// Whether private networks may be asked. If this is `None`, they may only if the service itself is on one and
    /// lists no public address: otherwise a stranger's entry would make this node send requests into its own network.
    /// Link-local and metadata addresses are never asked.
    pub allow_private: Option<bool>,
    /// The urls by which this node is known.
    pub self_urls: &'a [String],
    /// The task id, which may be part of a peer's url.
    pub task_id: &'a str,
    /// The collection, which may be part of it too.
    pub collection: &'a str,
}

impl<'a> Admission<'a> {
    /// The peers that may be asked: those that the service lists and the `extra` ones, without ourselves.
    #[must_use]
    pub fn admit(&self, from_service: &'a [String], extra: &'a [String]) -> Admitted {
        let mut admitting = self.begin(from_service, extra);
        while admitting.step() {}
        admitting.into_admitted()
    }

    /// The same, in steps.
    #[must_use]
    pub fn begin(&self, from_service: &'a [String], extra: &'a [String]) -> Admitting<'a> {
        let mut gate = Gate { known: BTreeSet::new(), admitted: Admitted::default() };
        for self_url in self.self_urls.iter().filter_map(|raw| self.parse(raw).ok()) {
            // `collect` would add a sort, which is 7 kB of the module.
            gate.known.insert(self_url);
        }
        Admitting { terms: *self, from_service, extra, listed: Vec::new(), passed: 0, gate }
    }

    fn parse(&self, raw: &str) -> Result<PeerUrl, BadUrl> {
        PeerUrl::parse(raw, self.task_id, self.collection)
    }
}

/// How many urls are read in one step. Long ones with many segments take about 2 ms.
const STEP: usize = 32;

/// An admission in progress.
#[derive(Debug)]
pub struct Admitting<'a> {
    terms: Admission<'a>,
    from_service: &'a [String],
    extra: &'a [String],
    /// The service's urls, as far as they are read.
    listed: Vec<Result<PeerUrl, BadUrl>>,
    /// How many urls have been admitted or refused.
    passed: usize,
    gate: Gate,
}

impl<'a> Admitting<'a> {
    /// Does one more step; says whether there is more to do.
    pub fn step(&mut self) -> bool {
        let unread = self.from_service.get(self.listed.len()..).unwrap_or_default();
        if !unread.is_empty() {
            self.listed.extend(unread.iter().take(STEP).map(|raw| self.terms.parse(raw)));
            return true;
        }
        if self.passed == 0 {
            let lists_public = self.listed.iter().flatten().any(|url| url.reach() == Reach::Public);
            let is_private = self.terms.service == Some(Reach::Private) && !lists_public;
            self.gate.admitted.allows_private = self.terms.allow_private.unwrap_or(is_private);
        }
        for _ in 0..STEP {
            let Some((raw, url)) = self.next() else { return false };
            self.gate.pass(raw, url);
            self.passed = self.passed.saturating_add(1);
        }
        true
    }

    /// The next url to be admitted or refused.
    fn next(&mut self) -> Option<(&'a str, Result<PeerUrl, BadUrl>)> {
        if let Some((raw, url)) = self.from_service.get(self.passed).zip(self.listed.get_mut(self.passed)) {
            return Some((raw, std::mem::replace(url, Err(BadUrl::Missing))));
        }
        let raw = self.extra.get(self.passed.saturating_sub(self.listed.len()))?;
        Some((raw, self.terms.parse(raw)))
    }

    /// The peers that may be asked, once there is no more to do.
    #[must_use]
    pub fn into_admitted(self) -> Admitted {
        self.gate.admitted
    }
}

/// Admits or refuses each url, once.
#[derive(Debug)]
struct Gate {
    /// The urls of this node, and every url admitted.
    known: BTreeSet<PeerUrl>,
    admitted: Admitted,
}

impl Gate {
    fn pass(&mut self, raw: &str, url: Result<PeerUrl, BadUrl>) {
        match self.admit(url) {
            Ok(url) if self.known.insert(url.clone()) => self.admitted.urls.push(url),
            Ok(_) => {}
            Err(why) => self.refuse(raw, why),
        }
    }

    fn admit(&self, url: Result<PeerUrl, BadUrl>) -> Result<PeerUrl, NotAsked> {
        let url = url.map_err(NotAsked::Url)?;
        match url.reach() {
            _ if self.known.contains(&url) => Ok(url), // also this node, wherever it is
            Reach::Never => Err(NotAsked::Never),
            Reach::Private if !self.admitted.allows_private => Err(NotAsked::PrivateNetwork),
            Reach::Private | Reach::Public => Ok(url),
        }
    }

    fn refuse(&mut self, raw: &str, why: NotAsked) {
        if self.admitted.refused.len() >= MAX_REFUSED {
            return;
        }
        let url = Printable(raw.get(..raw.floor_char_boundary(MAX_REFUSED_BYTES)).unwrap_or(raw)).to_string();
        if !self.admitted.refused.iter().any(|refused| refused.url == url) {
            self.admitted.refused.push(RefusedUrl { url, why });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::url::reach;
    use super::*;

    const TERMS: Admission<'_> =
        Admission { service: None, allow_private: None, self_urls: &[], task_id: "T1", collection: "linktree" };

    fn texts(raw: &[&str]) -> Vec<String> {
        raw.iter().map(|text| (*text).to_owned()).collect()
    }

    fn admitted(service: &str, listed: &[&str], allow_private: Option<bool>) -> Admitted {
        Admission { service: reach(service), allow_private, ..TERMS }.admit(&texts(listed), &[])
    }

    fn urls(admitted: &Admitted) -> Vec<&str> {
        admitted.urls.iter().map(PeerUrl::as_str).collect()
    }

    fn refused(admitted: &Admitted) -> Vec<(&str, NotAsked)> {
        admitted.refused.iter().map(|refused| (refused.url.as_str(), refused.why.clone())).collect()
    }

    #[test]
    fn each_peer_is_admitted_once_in_the_order_of_first_sight() {
        let listed = texts(&["http://b/", "http://a", "HTTP://B:80/task/T1", "http://c"]);
        let extra = texts(&["http://a/", "http://d", "http://c"]);
        let admitted = TERMS.admit(&listed, &extra);
        assert_eq!(urls(&admitted), ["http://b", "http://a", "http://c", "http://d"]);
        assert_eq!(admitted.refused, []);
    }

    #[test]
    fn we_are_left_out_however_we_are_spelled() {
        let listed = texts(&["http://ME.example:80/task/T1/linktree/all", "http://10.1", "http://a"]);
        let self_urls = texts(&["http://me.example/", "http://10.0.0.1", "not a url"]);
        let admitted = Admission { self_urls: &self_urls, ..TERMS }.admit(&listed, &texts(&["http://me.example."]));
        assert_eq!(urls(&admitted), ["http://a"]);
        assert_eq!(admitted.refused, []);
    }

    #[test]
    fn private_networks_need_a_private_service_without_public_peers() {
        let private = ["http://127.0.0.1:8001", "http://10.0.0.1", "http://localhost:8002"];
        let mixed = ["http://10.0.0.1", "http://node.example"];
        let private_and_odd = ["http://10.0.0.1", "", "ftp://node.example", "http://169.254.0.1"];
        for (service, listed, allow_private, wanted) in [
            ("http://localhost:30017", &private[..], None, 3),
            ("http://192.168.0.1", &private, None, 3),
            ("https://service.example", &private, None, 0),
            ("undefined", &private, None, 0),
            ("http://169.254.169.254", &private, None, 0),
            ("http://localhost:30017", &mixed, None, 1),
            ("http://localhost:30017", &private_and_odd, None, 1),
            ("http://localhost:30017", &mixed, Some(true), 2),
            ("https://service.example", &private, Some(true), 3),
            ("http://localhost:30017", &private, Some(false), 0),
        ] {
            let admitted = admitted(service, listed, allow_private);
            assert_eq!(admitted.urls.len(), wanted, "{service} {listed:?} {allow_private:?}");
        }
    }

    #[test]
    fn extra_peers_do_not_make_a_list_public() {
        let (listed, extra) = (texts(&["http://10.0.0.1"]), texts(&["http://a", "http://10.0.0.2"]));
        let admitted = Admission { service: Some(Reach::Private), ..TERMS }.admit(&listed, &extra);
        assert_eq!(urls(&admitted), ["http://10.0.0.1", "http://a", "http://10.0.0.2"]);
    }

    #[test]
    fn some_addresses_are_never_asked() {
        let listed = ["http://169.254.169.254/latest", "http://[::ffff:a9fe:a9fe]", "http://metadata"];
        let admitted = admitted("http://localhost", &listed, Some(true));
        assert_eq!(admitted.urls, []);
        assert_eq!(refused(&admitted), listed.map(|url| (url, NotAsked::Never)));
    }

    #[test]
    fn each_refused_url_is_reported_once_as_it_was_given() {
        let listed = ["", " ftp://a", "http://10.0.0.1/", "", " ftp://a", "http://10.0.0.1/"];
        assert_eq!(
            refused(&admitted("https://service.example", &listed, None)),
            [
                ("", NotAsked::Url(BadUrl::Missing)),
                (" ftp://a", NotAsked::Url(BadUrl::NotHttp)),
                ("http://10.0.0.1/", NotAsked::PrivateNetwork),
            ]
        );
    }

    #[test]
    fn a_long_refused_url_is_cut_at_a_character() {
        let long = format!("http://{}", "é".repeat(2_000));
        let admitted = admitted("http://service.example", &[&long], None);
        assert_eq!(admitted.refused[0].url, format!("http://{}", "é".repeat(124)));
    }

    #[test]
    fn at_most_four_hundred_refused_urls_are_reported() {
        let listed: Vec<String> = (0..10_000).map(|number| format!("ftp://{number}")).collect();
        let admitted = TERMS.admit(&listed, &[]);
        assert_eq!(admitted.refused.len(), 400);
        assert_eq!(admitted.refused[399].url, "ftp://399");
    }
}
