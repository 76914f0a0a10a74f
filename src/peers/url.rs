//! The base url of a peer: checked, in one spelling, rebuilt from its parts.

use std::fmt;
use std::net::Ipv6Addr;

use super::address::{Host, Reach};
use super::not_asked::BadUrl;
use super::url_path::{drop_collection, segments};
use crate::limits::MAX_URL_BYTES;

/// Ports at which no peer listens: those that the fetch standard blocks, and those of databases and other services that
/// must not receive requests. A list must not make all nodes call on a stranger.
const OTHER_SERVICES: [u16; 106] = [
    7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376,
    2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 5984, 6000, 6379, 6380, 6566, 6665, 6666,
    6667, 6668, 6669, 6679, 6697, 9042, 9092, 9200, 9300, 10080, 11211, 26257, 27017, 27018, 27019, 33060,
];

/// The unspecified address, as a [`PeerUrl`] spells it.
const UNSPECIFIED: [&str; 3] = ["0.0.0.0", "[::]", "[::ffff:0.0.0.0]"];

/// The base url of a peer, without a trailing slash: `http://10.0.0.1:30017` or
/// `https://node.example/base`.
///
/// Only urls that every parser reads the same way are accepted, and the text is rebuilt from the
/// checked parts. So `fetch` connects to the host that [`PeerUrl::reach`] classifies, and each peer
/// has one spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerUrl {
    text: String,
    reach: Reach,
}

impl PeerUrl {
    /// The base url that `raw` spells.
    ///
    /// White space around it, query, fragment, default port, empty and dot segments and trailing
    /// slashes are dropped, and so is the path of the collection itself: `/task/{task_id}`,
    /// `/task/{task_id}/{collection}`, and the latter with `/all` or `/list`.
    ///
    /// # Errors
    ///
    /// [`BadUrl`] for anything but an absolute http or https url that every parser reads the same way.
    ///
    /// # Examples
    ///
    /// ```
    /// use dbsharing::peers::PeerUrl;
    ///
    /// let raw = " HTTP://Node.Example.:80/task/T1/linktree/all?x=1 ";
    /// let url = PeerUrl::parse(raw, "T1", "linktree")?;
    /// assert_eq!(url.as_str(), "http://node.example");
    /// # Ok::<(), dbsharing::peers::BadUrl>(())
    /// ```
    pub fn parse(raw: &str, task_id: &str, collection: &str) -> Result<PeerUrl, BadUrl> {
        let (origin, rest) = Origin::parse(raw)?;
        if let Some(port) = origin.port.filter(|port| OTHER_SERVICES.contains(port)) {
            return Err(BadUrl::OtherService(port));
        }
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let path = rest.get(..end).unwrap_or(rest);
        let mut segments = segments(path)?;
        drop_collection(&mut segments, task_id, collection);
        let mut text = origin.to_string();
        for segment in &segments {
            text.push('/');
            text.push_str(segment);
        }
        Ok(PeerUrl { text, reach: origin.host.reach() })
    }

    /// Its site, whatever the scheme, port and path: the host, or for an IPv6 address its network of 64 bits, which has
    /// one owner.
    pub(super) fn site(&self) -> PeerUrl {
        let authority = self.text.split_once("://").map_or(self.text.as_str(), |(_, rest)| rest);
        let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => {
                let address: Ipv6Addr = address.parse().unwrap_or(Ipv6Addr::UNSPECIFIED);
                format!("{:x}/64", address.to_bits() >> 64)
            }
            None => authority.split([':', '/']).next().unwrap_or_default().to_owned(),
        };
        PeerUrl { text: host, reach: self.reach }
    }

    /// Whether its host is the unspecified address, by which a system reaches itself.
    pub(crate) fn is_unspecified(&self) -> bool {
        let authority = self.text.split_once("://").map_or(self.text.as_str(), |(_, rest)| rest);
        UNSPECIFIED.iter().any(|host| {
            authority.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        })
    }

    /// The url as text, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How far its host reaches.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.reach
    }
}

/// How far the host of `url` reaches, or `None` if it is not an http or https url; the path does
/// not matter.
#[must_use]
pub fn reach(url: &str) -> Option<Reach> {
    Origin::parse(url).ok().map(|(origin, _)| origin.host.reach())
}

/// Scheme, host and port; `Display` writes them as a url without a path.
struct Origin {
    scheme: &'static str,
    host: Host,
    /// `None` if it is the scheme's default.
    port: Option<u16>,
}

impl Origin {
    /// The origin of the url in `raw`, and the rest of the url.
    fn parse(raw: &str) -> Result<(Origin, &str), BadUrl> {
        let text = raw.trim_ascii();
        check_text(text)?;
        let (scheme, rest) = text.split_once("://").ok_or(BadUrl::NotHttp)?;
        let (scheme, default_port) = match scheme {
            _ if scheme.eq_ignore_ascii_case("http") => ("http", 80),
            _ if scheme.eq_ignore_ascii_case("https") => ("https", 443),
            _ => return Err(BadUrl::NotHttp),
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(BadUrl::Credentials);
        }
        let (host, port) = split_port(authority)?;
        Ok((Origin { scheme, host: Host::parse(host)?, port: port.filter(|port| *port != default_port) }, rest))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

/// Refuses a text that is too long or has characters that some parsers drop, convert, or take for a slash.
fn check_text(text: &str) -> Result<(), BadUrl> {
    if text.is_empty() {
        return Err(BadUrl::Missing);
    }
    if text.len() > MAX_URL_BYTES {
        return Err(BadUrl::TooLong);
    }
    match text.chars().find(|character| !character.is_ascii_graphic() || *character == '\\') {
        Some(odd) => Err(BadUrl::OddCharacter(odd)),
        None => Ok(()),
    }
}

/// Host and port of an authority; an empty port is none.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), BadUrl> {
    let (host, digits) = match authority.rsplit_once(':') {
        Some(parts) if !authority.ends_with(']') => parts,
        _ => (authority, ""),
    };
    if digits.is_empty() {
        return Ok((host, None));
    }
    // A sign is not a digit, though Rust would read it.
    let port = if digits.starts_with('+') { None } else { digits.parse().ok() };
    port.filter(|port| *port != 0).map(|port| (host, Some(port))).ok_or(BadUrl::BadPort)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<String, BadUrl> {
        PeerUrl::parse(raw, "T1", "linktree").map(|url| url.as_str().to_owned())
    }

    #[test]
    fn every_spelling_of_a_url_is_one_url() {
        for raw in [
            "http://node.example",
            "http://node.example/",
            "http://node.example//",
            " \t\r\nhttp://node.example \n",
            "HTTP://NODE.EXAMPLE",
            "hTtP://Node.Example./",
            "http://node.example:80",
            "http://node.example:/",
            "http://node.example:0080",
            "http://node.example?",
            "http://node.example?a=/b/c@d",
            "http://node.example#//x",
            "http://node.example/.",
            "http://node.example/./",
            "http://node.example/..",
            "http://node.example/../../",
            "http://node.example/a/..",
            "http://node.example/a/%2E%2e/",
            "http://node.example/a/.%2e",
            "http://node.example/%2e",
            "http://node.example/task/T1",
            "http://node.example/task/T1/",
            "http://node.example//task//T1",
            "http://node.example/task/%541",
            "http://node.example/task/T1/linktree",
            "http://node.example/task/T1/linktree/all",
            "http://node.example/task/T1/link%74ree/list/",
            "http://node.example/task/T1/task/T1/linktree",
            "http://node.example/task/T1?x#y",
        ] {
            assert_eq!(parse(raw).as_deref(), Ok("http://node.example"), "{raw}");
        }
    }

    #[test]
    fn what_tells_peers_apart_is_kept() {
        for (raw, wanted) in [
            ("https://node.example:443", "https://node.example"),
            ("https://node.example:80", "https://node.example:80"),
            ("http://node.example:443", "http://node.example:443"),
            ("http://node.example:65535/", "http://node.example:65535"),
            ("http://[2001:DB8::0]:80/a", "http://[2001:db8::]/a"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://0x7f.1:30017", "http://127.0.0.1:30017"),
            ("http://n/a//b/./c/", "http://n/a/b/c"),
            ("http://n/a//../b", "http://n/a/b"),
            ("http://n/A%2fb", "http://n/A%2fb"),
            ("http://n/%2e%2e%2e", "http://n/%2e%2e%2e"),
            ("http://n/a@b:c", "http://n/a@b:c"),
            ("http://n/{\"<>^`}", "http://n/%7B%22%3C%3E%5E%60%7D"),
            ("http://n/task/T2", "http://n/task/T2"),
            ("http://n/task/T1/other", "http://n/task/T1/other"),
            ("http://n/task/T1/linktree/all/more", "http://n/task/T1/linktree/all/more"),
            ("http://n/task/T1/linktree/each", "http://n/task/T1/linktree/each"),
            ("http://n/base/task/T1/linktree/all", "http://n/base"),
            ("http://n/task", "http://n/task"),
            ("http://task/T1", "http://task/T1"),
        ] {
            assert_eq!(parse(raw).as_deref(), Ok(wanted), "{raw}");
            assert_eq!(parse(wanted).as_deref(), Ok(wanted), "{wanted} again");
        }
    }

    #[test]
    fn a_site_is_a_host_whatever_scheme_port_and_path() {
        let site = |raw: &str| PeerUrl::parse(raw, "T1", "linktree").unwrap().site().as_str().to_owned();
        for raw in ["http://n.example", "https://N.example:81/a:b", "http://n.example/x@y"] {
            assert_eq!(site(raw), "n.example");
        }
        assert_eq!(site("http://192.0.2.1:81/[a]"), "192.0.2.1");
        assert_eq!(site("http://[2001:db8::1]:81/a"), site("https://[2001:db8:0:0:ffff::]"));
        assert_ne!(site("http://[2001:db8::1]"), site("http://[2001:db8:0:1::1]"));
    }

    #[test]
    fn a_task_id_may_need_escapes() {
        for raw in ["http://n/task/a%20b%7Bc%7D", "http://n/task/a%20b{c}/l%C3%B6/all"] {
            assert_eq!(PeerUrl::parse(raw, "a b{c}", "lö").unwrap().as_str(), "http://n");
        }
        assert_eq!(PeerUrl::parse("http://n/task/a%2Fb", "a%2Fb", "x").unwrap().as_str(), "http://n");
        assert_eq!(PeerUrl::parse("http://n/task//", "", "").unwrap().as_str(), "http://n/task");
    }

    #[test]
    fn what_is_no_url_of_a_peer_is_refused_for_its_first_fault() {
        for (raw, wanted) in [
            ("", BadUrl::Missing),
            (" \n", BadUrl::Missing),
            ("node.example", BadUrl::NotHttp),
            ("node.example:80", BadUrl::NotHttp),
            ("//node.example", BadUrl::NotHttp),
            ("undefined", BadUrl::NotHttp),
            ("ftp://node.example", BadUrl::NotHttp),
            ("ws://node.example", BadUrl::NotHttp),
            ("file:///etc/passwd", BadUrl::NotHttp),
            ("javascript:alert(1)//http://node.example", BadUrl::NotHttp),
            ("http:node.example", BadUrl::NotHttp),
            ("http:/node.example", BadUrl::NotHttp),
            ("http ://node.example", BadUrl::OddCharacter(' ')),
            ("http://node.example\\@127.0.0.1/", BadUrl::OddCharacter('\\')),
            ("http://node\t.example", BadUrl::OddCharacter('\t')),
            ("http://node.example/a b", BadUrl::OddCharacter(' ')),
            ("http://nöde.example", BadUrl::OddCharacter('ö')),
            ("http://127。0。0。1", BadUrl::OddCharacter('。')),
            ("http://node.example/\u{0}x", BadUrl::OddCharacter('\0')),
            ("\u{a0}http://node.example", BadUrl::OddCharacter('\u{a0}')),
            ("http://user:password@node.example", BadUrl::Credentials),
            ("http://@node.example", BadUrl::Credentials),
            ("http://node.example:80@127.0.0.1", BadUrl::Credentials),
            ("http://", BadUrl::NoHost),
            ("http:///", BadUrl::NoHost),
            ("http://:80", BadUrl::NoHost),
            ("http://?x", BadUrl::NoHost),
            ("http://null", BadUrl::UnsetHost),
            ("http://undefined:30017/", BadUrl::UnsetHost),
            ("http://a%2eb", BadUrl::BadHost),
            ("http://a:80:80", BadUrl::BadHost),
            ("http://1.2.3.4.5", BadUrl::BadIpv4),
            ("http://[::1", BadUrl::BadIpv6),
            ("http://::1", BadUrl::BadHost),
            ("http://a:0", BadUrl::BadPort),
            ("http://a:65536", BadUrl::BadPort),
            ("http://a:+80", BadUrl::BadPort),
            ("http://a:8o", BadUrl::BadPort),
            ("http://a:-1", BadUrl::BadPort),
            ("http://a:99999999999999999999", BadUrl::BadPort),
            ("http://a:6379", BadUrl::OtherService(6_379)),
            ("https://a:00025/x", BadUrl::OtherService(25)),
            ("http://a/%", BadUrl::BadPath),
            ("http://a/%2", BadUrl::BadPath),
            ("http://a/%zz", BadUrl::BadPath),
            ("http://a/%2/5", BadUrl::BadPath),
        ] {
            assert_eq!(parse(raw), Err(wanted), "{raw:?}");
        }
    }

    #[test]
    fn a_url_may_be_512_bytes_long() {
        let url = |bytes: usize| format!("http://n/{}", "a".repeat(bytes - 9));
        assert_eq!(parse(&url(512)).as_deref(), Ok(url(512).as_str()));
        assert_eq!(parse(&url(513)), Err(BadUrl::TooLong));
    }

    #[test]
    fn the_reach_of_a_url_is_that_of_its_host() {
        assert_eq!(reach("http://localhost:30017"), Some(Reach::Private));
        assert_eq!(reach("https://service.example/%"), Some(Reach::Public));
        assert_eq!(reach("http://169.254.169.254/"), Some(Reach::Never));
        assert_eq!(reach("undefined"), None);
        assert_eq!(PeerUrl::parse("http://10.1", "T1", "linktree").unwrap().reach(), Reach::Private);
    }

    #[test]
    fn a_refused_url_says_what_is_wrong_and_what_was_wanted() {
        assert_eq!(
            BadUrl::OddCharacter('\u{202e}').to_string(),
            "the url holds U+202E; wanted visible ASCII without backslashes"
        );
        assert_eq!(BadUrl::TooLong.to_string(), "the url is too long; at most 512 bytes are wanted");
        assert_eq!(
            BadUrl::NotHttp.to_string(),
            "the url has another scheme, or none; wanted one that begins with http:// or https://"
        );
    }
}
