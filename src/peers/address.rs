//! The host of a url: its one spelling, and how far away it is.
//!
//! A host is read as the WHATWG url standard reads it, because that is how `fetch` will:
//! `0x7f.1` is 127.0.0.1 there.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::not_asked::BadUrl;
use crate::limits::{MAX_HOST_BYTES, MAX_LABEL_BYTES};

/// How far a literal host reaches, told without asking the network.
///
/// A name is resolved only when we connect, so every ordinary name counts as public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// A host name, or an address that is neither private nor reserved.
    Public,
    /// This machine or its owner's network: loopback, `localhost`, RFC 1918, carrier-grade NAT,
    /// benchmark networks, unique local.
    Private,
    /// No peer lives there: link-local, cloud metadata services, multicast, reserved.
    Never,
}

/// A host in its one spelling; `Display` writes it as it stands in a url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

/// Hosts at which clouds serve credentials to their machines.
const METADATA_NAMES: [&str; 7] = [
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "metadata.tencentyun.com",
    "instance-data",
    "instance-data.ec2.internal",
];

/// Metadata addresses outside 169.254/16: Alibaba, Oracle, Azure.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192), Ipv4Addr::new(168, 63, 129, 16)];

/// Metadata addresses outside fe80::/10: Amazon, Google.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

/// What JavaScript makes of a host that was never set.
const UNSET_NAMES: [&str; 2] = ["null", "undefined"];

impl Host {
    /// The host that `text` spells: a name, an IPv4 address in any spelling, or an IPv6 address in
    /// brackets.
    pub(super) fn parse(text: &str) -> Result<Host, BadUrl> {
        if let Some(rest) = text.strip_prefix('[') {
            let address = rest.strip_suffix(']').and_then(|inner| inner.parse().ok());
            return address.map(Host::V6).ok_or(BadUrl::BadIpv6);
        }
        // One more for a dot at the end.
        if text.len() > MAX_HOST_BYTES.saturating_add(1) {
            return Err(BadUrl::LongHost);
        }
        let lower = text.to_ascii_lowercase();
        let name = lower.strip_suffix('.').unwrap_or(&lower);
        if name.is_empty() {
            return Err(BadUrl::NoHost);
        }
        if !name.split('.').all(is_label) {
            return Err(BadUrl::BadHost);
        }
        if name.len() > MAX_HOST_BYTES || name.split('.').any(|label| label.len() > MAX_LABEL_BYTES) {
            return Err(BadUrl::LongHost);
        }
        if UNSET_NAMES.contains(&name) {
            return Err(BadUrl::UnsetHost);
        }
        if ends_in_a_number(name) {
            return ipv4(name).map(Host::V4).ok_or(BadUrl::BadIpv4);
        }
        Ok(Host::Name(name.to_owned()))
    }

    /// How far this host reaches.
    pub(super) fn reach(&self) -> Reach {
        match self {
            Host::Name(name) => reach_of_name(name),
            Host::V4(address) => reach_of_ipv4(*address),
            Host::V6(address) => reach_of_ipv6(*address),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => formatter.write_str(name),
            Host::V4(address) => address.fmt(formatter),
            Host::V6(address) => write!(formatter, "[{address}]"),
        }
    }
}

/// Whether every resolver and every url parser reads `label` the same way.
fn is_label(label: &str) -> bool {
    // "xn--localhost-" is punycode for plain "localhost", which only some parsers decode.
    let hides_ascii = label.starts_with("xn--") && label.ends_with('-');
    let is_plain = label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    !label.is_empty() && is_plain && !hides_ascii
}

/// Whether the url standard wants `name` to be an IPv4 address, because its last label is a number.
fn ends_in_a_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    match last.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// The address that one to four numbers spell. The last one fills all remaining bytes, as in `127.1`.
fn ipv4(name: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> = name.split('.').map(ipv4_number).collect::<Option<_>>()?;
    let (last, leading) = numbers.split_last()?;
    let bits_for_last = match leading.len() {
        0 => 32,
        1 => 24,
        2 => 16,
        3 => 8,
        _ => return None,
    };
    let mut address = Some(*last).filter(|number| u64::from(*number) >> bits_for_last == 0)?;
    for (number, shift) in leading.iter().zip([24_u32, 16, 8]) {
        address |= u32::from(u8::try_from(*number).ok()?) << shift;
    }
    Some(Ipv4Addr::from_bits(address))
}

/// The number that a part of an IPv4 address spells: decimal, octal (`0…`) or hexadecimal (`0x…`).
fn ipv4_number(part: &str) -> Option<u32> {
    let (digits, radix) = match part.strip_prefix("0x") {
        Some(hexadecimal) => (hexadecimal, 16),
        None if part.starts_with('0') => (part, 8),
        None => (part, 10),
    };
    // The standard reads a bare "0x" as zero.
    if digits.is_empty() && radix == 16 { Some(0) } else { u32::from_str_radix(digits, radix).ok() }
}

fn reach_of_name(name: &str) -> Reach {
    if METADATA_NAMES.contains(&name) {
        Reach::Never
    } else if name == "localhost" || name.ends_with(".localhost") {
        Reach::Private
    } else {
        Reach::Public
    }
}

fn reach_of_ipv4(address: Ipv4Addr) -> Reach {
    if METADATA_V4.contains(&address) {
        return Reach::Never;
    }
    match address.octets() {
        [0, 0, 0, 0] => Reach::Private, // connects to this machine
        [0 | 224..=255, ..] | [169, 254, ..] => Reach::Never,
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] => Reach::Private,
        [100, 64..=127, ..] | [198, 18 | 19, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

fn reach_of_ipv6(address: Ipv6Addr) -> Reach {
    if METADATA_V6.contains(&address) {
        return Reach::Never;
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private,
        // An address that embeds an IPv4 address leads to it: compatible and mapped, NAT64, 6to4.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            reach_of_embedded(high, low)
        }
        [0xfe80..=0xfebf | 0xff00..=0xffff, ..] => Reach::Never,
        // Unique local, its predecessor site-local, and NAT64 within one network.
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] | [0x64, 0xff9b, 1, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

fn reach_of_embedded(high: u16, low: u16) -> Reach {
    reach_of_ipv4(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        Host::parse(text).unwrap().to_string()
    }

    fn reach_of(text: &str) -> Reach {
        Host::parse(text).unwrap().reach()
    }

    #[test]
    fn every_spelling_of_an_ipv4_address_is_one_address() {
        for (text, wanted) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("127.0.1", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0x7f000001", "127.0.0.1"),
            ("0X7F.0.0.1", "127.0.0.1"),
            ("017700000001", "127.0.0.1"),
            ("0177.0.0.01", "127.0.0.1"),
            ("0x7f.0.0.0x1.", "127.0.0.1"),
            ("00000000000000000000177.0x0000000000000001", "127.0.0.1"),
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.513", "192.0.2.1"),
            ("192.513", "192.0.2.1"),
            ("0", "0.0.0.0"),
            ("0x", "0.0.0.0"),
            ("0x.0x.0", "0.0.0.0"),
            ("1.0x.3", "1.0.0.3"),
            ("4294967295", "255.255.255.255"),
            ("1.16777215", "1.255.255.255"),
            ("1.2.65535", "1.2.255.255"),
        ] {
            assert_eq!(spelled(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_host_that_ends_in_a_number_is_an_ipv4_address_or_refused() {
        for text in [
            "4294967296",
            "256.0.0.1",
            "1.256.0.1",
            "1.2.3.256",
            "1.2.65536",
            "1.16777216",
            "1.2.3.4.5",
            "08",
            "1.2.3.09",
            "node.1",
            "node.0x1f",
            "node.0x",
            "0xffffffffffffffffffffff",
            "99999999999999999999999",
            "xn--1.2",
        ] {
            assert_eq!(Host::parse(text), Err(BadUrl::BadIpv4), "{text}");
        }
    }

    #[test]
    fn a_name_is_lower_case_without_its_last_dot() {
        for (text, wanted) in [
            ("Node.Example", "node.example"),
            ("node.example.", "node.example"),
            ("a_b-c", "a_b-c"),
            ("1.2.3.4a", "1.2.3.4a"),
            ("0xg", "0xg"),
            ("1a.0x1.b", "1a.0x1.b"),
            ("XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de"),
        ] {
            assert_eq!(spelled(text), wanted);
        }
    }

    #[test]
    fn what_parsers_read_differently_is_not_a_name() {
        let hosts = "a%2e ä a..b .a a.. a,b a:b a] a* a+1 xn--localhost- xn--";
        for text in hosts.split_whitespace().chain(["a b"]) {
            assert_eq!(Host::parse(text), Err(BadUrl::BadHost), "{text}");
        }
        assert_eq!(Host::parse(""), Err(BadUrl::NoHost));
        assert_eq!(Host::parse("."), Err(BadUrl::NoHost));
    }

    #[test]
    fn a_name_is_no_longer_than_the_dns_allows() {
        let longest = format!("{}{}", "a.".repeat(126), "b");
        assert_eq!(spelled(&longest), longest);
        assert_eq!(spelled(&format!("{longest}.")), longest);
        assert_eq!(spelled(&"a".repeat(63)), "a".repeat(63));
        for text in [format!("{longest}c"), "a".repeat(64), "a.".repeat(700), "%".repeat(1_000)] {
            assert_eq!(Host::parse(&text), Err(BadUrl::LongHost), "{text}");
        }
    }

    #[test]
    fn a_variable_that_was_never_set_is_not_a_host() {
        for text in ["null", "undefined", "NULL", "null."] {
            assert_eq!(Host::parse(text), Err(BadUrl::UnsetHost), "{text}");
        }
        assert_eq!(spelled("null.example"), "null.example");
    }

    #[test]
    fn ipv6_is_written_as_rfc_5952_wants() {
        for (text, wanted) in [
            ("[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]"),
            ("[2001:0db8::0001]", "[2001:db8::1]"),
            ("[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"),
            ("[1:0:0:2:3:0:0:4]", "[1::2:3:0:0:4]"),
            ("[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"),
            ("[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"),
            ("[::]", "[::]"),
            ("[::1]", "[::1]"),
            ("[::ffff:102:304]", "[::ffff:1.2.3.4]"),
            ("[::FFFF:1.2.3.4]", "[::ffff:1.2.3.4]"),
        ] {
            assert_eq!(spelled(text), wanted);
        }
    }

    #[test]
    fn a_bad_ipv6_address_is_refused() {
        let hosts = "[ [] [::1 [:::1] [1:2] [::1%eth0] [::1%25eth0] [1::2::3] [::1.2.3] \
            [::01.2.3.4] [g::] [::1]x [12345::] [1:2:3:4:5:6:7:8:9] [::1:2:3:4:5:6:7:8]";
        for text in hosts.split_whitespace() {
            assert_eq!(Host::parse(text), Err(BadUrl::BadIpv6), "{text}");
        }
    }

    #[test]
    fn names_and_ordinary_addresses_are_public() {
        let hosts = "node.example localhost.example notlocalhost metadata.example 1.1.1.1 \
             9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
             169.253.0.1 169.255.0.1 172.15.0.1 172.32.0.1 192.0.0.1 192.0.2.1 192.167.0.1 \
             192.169.0.1 198.17.0.1 198.20.0.1 198.51.100.1 203.0.113.1 223.255.255.255 \
             [2001:db8::1] [2606:4700::1111] [::ffff:1.1.1.1] [::1.1.1.1] [64:ff9b::1.1.1.1] \
             [2002:101:101::1]";
        for text in hosts.split_whitespace() {
            assert_eq!(reach_of(text), Reach::Public, "{text}");
        }
    }

    #[test]
    fn private_networks_and_this_machine_are_private() {
        let hosts = "localhost LOCALHOST. a.b.localhost 127.0.0.1 127.255.255.255 0.0.0.0 10.0.0.0 \
             10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255 100.64.0.0 \
             100.127.255.255 198.18.0.0 198.19.255.255 [::] [::1] [fc00::] [fdff:ffff::1] \
            [fec0::1] [64:ff9b:1::1] \
             [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::10.0.0.1] \
             [2002:c0a8:1::]";
        for text in hosts.split_whitespace() {
            assert_eq!(reach_of(text), Reach::Private, "{text}");
        }
    }

    #[test]
    fn no_peer_lives_at_link_local_metadata_multicast_or_reserved_addresses() {
        let hosts = "169.254.0.0 169.254.169.254 0xa9fea9fe 2852039166 169.254.255.255 \
             100.100.100.200 192.0.0.192 168.63.129.16 224.0.0.0 239.255.255.255 240.0.0.0 \
             255.255.255.255 0.0.0.1 0.255.255.255 metadata metadata.google.internal \
             Metadata.Google.Internal. instance-data [fe80::1] [febf::] [ff00::] [ff02::1] \
             [fd00:ec2::254] [fd20:ce::254] [::ffff:169.254.169.254] [::a9fe:a9fe] \
             [64:ff9b::a9fe:a9fe] [2002:a9fe:a9fe::] [::2] [::ffff:255.255.255.255]";
        for text in hosts.split_whitespace() {
            assert_eq!(reach_of(text), Reach::Never, "{text}");
        }
    }
}
