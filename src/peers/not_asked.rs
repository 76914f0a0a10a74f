//! Why a url is not asked, in sentences.

use std::fmt;

use crate::limits::{MAX_HOST_BYTES, MAX_URL_BYTES};

/// Why a url is not asked; `Display` is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// It is not the url of a peer.
    Url(BadUrl),
    /// Its host is on a private network, and these are not allowed here.
    PrivateNetwork,
    /// Its host is one that is never asked.
    Never,
}

/// Why a text is not the url of a peer; `Display` is a sentence saying what was wrong and what is
/// wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadUrl {
    /// There is no url.
    Missing,
    /// It is longer than [`MAX_URL_BYTES`].
    TooLong,
    /// It holds a character that url parsers read differently, or drop.
    OddCharacter(char),
    /// It does not begin with `http://` or `https://`.
    NotHttp,
    /// It carries a user name or a password.
    Credentials,
    /// The host is empty.
    NoHost,
    /// The host is `null` or `undefined`: a variable of the sender was never set.
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
    /// The port is that of another service, which no request is to be sent to.
    OtherService(u16),
    /// The path holds a `%` without two hexadecimal digits.
    BadPath,
}

impl fmt::Display for NotAsked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            NotAsked::Url(refused) => return refused.fmt(formatter),
            NotAsked::PrivateNetwork => {
                "the host is on a private network; a public one, or allowPrivateNetworks, is wanted"
            }
            NotAsked::Never => {
                "the host is link-local, multicast, reserved or a metadata service; \
                 the address of a peer is wanted"
            }
        })
    }
}

impl fmt::Display for BadUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = match self {
            BadUrl::TooLong => {
                return write!(formatter, "the url is too long; at most {MAX_URL_BYTES} bytes are wanted");
            }
            BadUrl::LongHost => {
                return write!(formatter, "the host is too long; a name of at most {MAX_HOST_BYTES} bytes is wanted");
            }
            BadUrl::OtherService(port) => {
                return write!(formatter, "port {port} is that of another service; the port of a peer is wanted");
            }
            BadUrl::OddCharacter(odd) => {
                let code_point = u32::from(*odd);
                return write!(
                    formatter,
                    "the url holds U+{code_point:04X}; visible ASCII without backslashes is wanted"
                );
            }
            BadUrl::Missing => "the entry has no url; one that begins with http:// or https:// is wanted",
            BadUrl::NotHttp => "the url does not begin with http:// or https://; one that does is wanted",
            BadUrl::Credentials => "the url carries a user name or password; one without is wanted",
            BadUrl::NoHost => "the url has an empty host; a name or an address is wanted",
            BadUrl::UnsetHost => "the host is an unset variable of JavaScript; a name or an address is wanted",
            BadUrl::BadHost => "the host is not a name; dot-separated labels of a-z, 0-9, '-' and '_' are wanted",
            BadUrl::BadIpv4 => "the host ends in a number but is not an IPv4 address; one such as 192.0.2.1 is wanted",
            BadUrl::BadIpv6 => "the host in brackets is not an IPv6 address; one such as [2001:db8::1] is wanted",
            BadUrl::BadPort => "the port is not a number from 1 to 65535; such a number, or no port, is wanted",
            BadUrl::BadPath => "the path holds a % without two hexadecimal digits; %25 for a plain % is wanted",
        };
        formatter.write_str(wrong)
    }
}

impl std::error::Error for BadUrl {}
