//! The paths on which nodes answer.

use std::ops::Range;

use super::options::Options;
use crate::record::percent_encode;
use crate::symbols::View;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing of this node's.
    NotOurs,
    /// Whether a web page of another origin may ask.
    Preflight,
    /// All records, as `{ key, value }`.
    All,
    /// All records, bare.
    List,
    /// Sums over all records.
    Symbols,
    /// The records that have certain ids, as `{ key, value }`.
    Records,
    /// To store a record.
    Write,
}

impl Options {
    /// What a request of this method and path asks for. The path may begin with `/task/{taskId}` or not.
    #[must_use]
    pub fn wanted(&self, method: &str, path: &str) -> Wanted {
        let segments: Vec<&[u8]> =
            path.as_bytes().split(|byte| *byte == b'/').filter(|segment| !segment.is_empty()).collect();
        let below_task = match segments.as_slice() {
            [b"task", task_id, rest @ ..] if self.is_task(task_id) => rest,
            rest => rest,
        };
        let target = match below_task {
            [collection, b"all"] if self.is_collection(collection) => Wanted::All,
            [collection, b"list"] if self.is_collection(collection) => Wanted::List,
            [collection, b"symbols"] if self.is_collection(collection) => Wanted::Symbols,
            [collection, b"records"] if self.is_collection(collection) => Wanted::Records,
            [collection] if self.accept_writes && self.is_collection(collection) => Wanted::Write,
            _ => Wanted::NotOurs,
        };
        match (method, target) {
            (_, Wanted::NotOurs) => Wanted::NotOurs,
            ("OPTIONS", _) => Wanted::Preflight,
            ("POST", Wanted::Write) => target,
            ("GET" | "HEAD", _) if target != Wanted::Write => target,
            _ => Wanted::NotOurs,
        }
    }

    fn is_task(&self, segment: &[u8]) -> bool {
        self.task_id.as_deref().is_some_and(|task_id| names(segment, task_id))
    }

    fn is_collection(&self, segment: &[u8]) -> bool {
        names(segment, &self.collection)
    }
}

fn names(segment: &[u8], name: &str) -> bool {
    segment == name.as_bytes() || segment == percent_encoded(name).as_bytes()
}

/// The url at which a peer serves its records.
#[must_use]
pub fn records_url(base: &str, task_id: &str, collection: &str, on_list: bool) -> String {
    let form = if on_list { "list" } else { "all" };
    format!("{base}/task/{}/{}/{form}", percent_encoded(task_id), percent_encoded(collection))
}

/// The url at which a peer serves these cells of a view.
#[must_use]
pub fn symbols_url(base: &str, task_id: &str, collection: &str, view: View, cells: Range<u32>) -> String {
    let (task_id, collection) = (percent_encoded(task_id), percent_encoded(collection));
    let (view, from, count) = (view.number(), cells.start, cells.len());
    format!("{base}/task/{task_id}/{collection}/symbols?view={view}&from={from}&count={count}")
}

/// The url at which a peer serves the records that have these ids, given as base64url.
#[must_use]
pub fn records_by_ids_url(base: &str, task_id: &str, collection: &str, ids: &str) -> String {
    format!("{base}/task/{}/{}/records?ids={ids}", percent_encoded(task_id), percent_encoded(collection))
}

/// The url at which a node accepts records; without a task id, that of a node which serves a single task.
#[must_use]
pub fn writes_url(base: &str, task_id: Option<&str>, collection: &str) -> String {
    let task = task_id.map(|task_id| format!("/task/{}", percent_encoded(task_id)));
    format!("{base}{}/{}", task.unwrap_or_default(), percent_encoded(collection))
}

/// A name as one path segment.
#[must_use]
pub fn percent_encoded(name: &str) -> String {
    let mut segment = String::new();
    percent_encode(name, &mut segment);
    segment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(accept_writes: bool) -> Options {
        Options { task_id: Some("a task".to_owned()), accept_writes, ..Options::default() }
    }

    #[test]
    fn records_are_served_with_and_without_the_task_in_the_path() {
        for (path, wanted) in [
            ("/task/a%20task/linktree/all", Wanted::All),
            ("/task/a%20task/linktree/list", Wanted::List),
            ("/linktree/all", Wanted::All),
            ("/linktree/list/", Wanted::List),
            ("/task/a%20task/linktree/symbols", Wanted::Symbols),
            ("/linktree/symbols", Wanted::Symbols),
            ("/task/a%20task/linktree/records", Wanted::Records),
            ("/linktree/records", Wanted::Records),
            ("/other/symbols", Wanted::NotOurs),
            ("/task/another/linktree/all", Wanted::NotOurs),
            ("/linktree", Wanted::NotOurs),
            ("/linktree/all/more", Wanted::NotOurs),
            ("/other/all", Wanted::NotOurs),
            ("/", Wanted::NotOurs),
        ] {
            assert_eq!(routes(false).wanted("GET", path), wanted, "{path}");
        }
    }

    #[test]
    fn a_node_takes_records_below_its_task_or_without_one() {
        let base = "http://a.example/base";
        assert_eq!(writes_url(base, Some("a task"), "linktree"), "http://a.example/base/task/a%20task/linktree");
        assert_eq!(writes_url(base, None, "a/b"), "http://a.example/base/a%2Fb");
        let path = writes_url("", Some("a task"), "linktree");
        assert_eq!(routes(true).wanted("POST", &path), Wanted::Write);
    }

    #[test]
    fn writes_are_ours_only_where_they_are_accepted() {
        assert_eq!(routes(false).wanted("POST", "/linktree"), Wanted::NotOurs);
        assert_eq!(routes(false).wanted("OPTIONS", "/linktree"), Wanted::NotOurs);
        assert_eq!(routes(true).wanted("POST", "/linktree"), Wanted::Write);
        assert_eq!(routes(true).wanted("POST", "/task/a%20task/linktree"), Wanted::Write);
        assert_eq!(routes(true).wanted("OPTIONS", "/linktree"), Wanted::Preflight);
        assert_eq!(routes(true).wanted("DELETE", "/linktree"), Wanted::NotOurs);
        assert_eq!(routes(true).wanted("POST", "/linktree/all"), Wanted::NotOurs);
    }
}
