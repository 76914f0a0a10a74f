//! Why a url is not asked.

use std::fmt;

use crate::limits::{MAX_HOST_BYTES, MAX_URL_BYTES};

/// Why a url is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// It is not the url of a peer.
    Url(BadUrl),
    /// Its host is on a private network, and those are not allowed here.
    PrivateNetwork,
    /// Its host is one that is never asked.
    Never,
}

/// Why a text is not the url of a peer. `Display` says what it is and what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadUrl {
    /// There is no url.
    Missing,
    /// It is longer than [`MAX_URL_BYTES`].
    TooLong,
    /// It holds a character that url parsers drop or read differently.
    OddCharacter(char),
    /// It does not begin with `http://` or `https://`.
    NotHttp,
    /// It carries a user name or a password.
    Credentials,
    /// The host is empty.
    NoHost,
    /// The host is `null` or `undefined`: a variable was never set.
    UnsetHost,
    /// The host is not a name.
    BadHost,
    /// The host is longer than a name can be: [`MAX_HOST_BYTES`], or [`MAX_LABEL_BYTES`] in a label.
    ///
    /// [`MAX_LABEL_BYTES`]: crate::limits::MAX_LABEL_BYTES
    LongHost,
    /// The host ends in a number, but is not an IPv4 address.
    BadIpv4,
    /// The host is in brackets, but is not an IPv6 address.
    BadIpv6,
    /// The port is not a number from 1 to 65535.
    BadPort,
    /// The port belongs to another kind of service, to which no request may be sent.
    OtherService(u16),
    /// The path holds a `%` without two hexadecimal digits.
    BadPath,
}

impl fmt::Display for NotAsked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            NotAsked::Url(refused) => return refused.fmt(formatter),
            NotAsked::PrivateNetwork => {
                "the host is on a private network; wanted a public one, or allowPrivateNetworks"
            }
            NotAsked::Never => {
                "the host is link-local, multicast, reserved or a metadata service; wanted the address of a peer"
            }
        })
    }
}

impl fmt::Display for BadUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = match self {
            BadUrl::TooLong => {
                return write!(formatter, "the url is too long; wanted at most {MAX_URL_BYTES} bytes");
            }
            BadUrl::LongHost => {
                return write!(formatter, "the host is too long; wanted a name of at most {MAX_HOST_BYTES} bytes");
            }
            BadUrl::OtherService(port) => {
                return write!(formatter, "port {port} belongs to another kind of service; wanted the port of a peer");
            }
            BadUrl::OddCharacter(odd) => {
                let code_point = u32::from(*odd);
                return write!(formatter, "the url holds U+{code_point:04X}; wanted visible ASCII without backslashes");
            }
            BadUrl::Missing => "the entry has no url; wanted one that begins with http:// or https://",
            BadUrl::NotHttp => "the url has another scheme, or none; wanted one that begins with http:// or https://",
            BadUrl::Credentials => "the url carries a user name or password; wanted one without",
            BadUrl::NoHost => "the url has an empty host; wanted a name or an address",
            BadUrl::UnsetHost => "the host is null or undefined, an unset variable; wanted a name or an address",
            BadUrl::BadHost => "the host is not a name; wanted dot-separated labels of a-z, 0-9, '-' and '_'",
            BadUrl::BadIpv4 => "the host ends in a number but is not an IPv4 address; wanted one such as 192.0.2.1",
            BadUrl::BadIpv6 => "the host in brackets is not an IPv6 address; wanted one such as [2001:db8::1]",
            BadUrl::BadPort => "the port is not valid; wanted a number from 1 to 65535, or no port",
            BadUrl::BadPath => "the path holds a % without two hexadecimal digits; wanted %25 for a plain %",
        };
        formatter.write_str(wrong)
    }
}

impl std::error::Error for BadUrl {}
