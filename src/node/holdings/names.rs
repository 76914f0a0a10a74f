//! The names of what is held: the key text of every held slot, because a store finds records by nothing else.
//!
//! One arena of words. A name is a header of one word, and what follows it:
//!
//! | kind | the 30 bits below it | followed by |
//! |---|---|---|
//! | the owner alone | number of the owner | nothing |
//! | a uuid of RFC 4122 in lower case | number of the owner | its 16 bytes |
//! | another uuid | number of the owner | the length of its percent-encoded text in a word, and the text |
//! | any other text | its length in bytes | the text |
//!
//! So most names take 20 bytes, and each owner 40 more. The words of a name that is no longer needed are used again by the
//! next one of the same length.

use super::chunks::Chunks;
use super::owners::{MAX_NUMBER, Owners};
use crate::record::KeyHash;

/// The bits of a header below its kind.
const MOST: u32 = (1 << KIND_AT) - 1;
/// The lowest bit of a header's kind.
const KIND_AT: u32 = 30;
const _: () = assert!(MAX_NUMBER == MOST, "an owner's number takes these bits");

/// The key of a slot, and its hash.
#[derive(Debug, Clone, Copy)]
pub struct SlotKey<'k> {
    /// The key's hash.
    pub hash: KeyHash,
    /// The key.
    pub text: &'k str,
}

impl<'k> SlotKey<'k> {
    /// This key.
    #[must_use]
    pub fn of(text: &'k str) -> Self {
        Self { hash: KeyHash::of(text), text }
    }
}

/// Where a name is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NameAt(u32);

/// The kinds of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Owner,
    Uuid,
    Text,
    Other,
}

/// All names.
#[derive(Debug, Default)]
pub struct Names {
    words: Chunks<u32, { 16 * 1024 }>,
    owners: Owners,
    /// By length in words, ascending: the first free place plus one, or 0. A free place names the next one in the same way,
    /// in its first word.
    free: Vec<(u32, u32)>,
}

impl Names {
    /// Keeps a name; returns where it is.
    pub fn put(&mut self, key: &str) -> NameAt {
        let (owner_text, uuid) = key.split_once('/').map_or((key, None), |(owner, uuid)| (owner, Some(uuid)));
        let Some(owner) = self.owners.take(owner_text) else {
            return self.write(header(Kind::Other, key.len() as u32), &words_of(key.as_bytes()));
        };
        match uuid {
            None => self.write(header(Kind::Owner, owner), &[]),
            Some(uuid) => match uuid_bytes(uuid) {
                Some(bytes) => self.write(header(Kind::Uuid, owner), &words_of(&bytes)),
                None => {
                    let mut words = vec![uuid.len() as u32];
                    words.extend(words_of(uuid.as_bytes()));
                    self.write(header(Kind::Text, owner), &words)
                }
            },
        }
    }

    /// The name at this place.
    #[must_use]
    pub fn get(&self, at: NameAt) -> String {
        let (kind, below) = self.header_at(at.0);
        let first = at.0.saturating_add(1);
        if kind == Kind::Other {
            return self.text(first, below);
        }
        let mut key = self.owners.text(below).unwrap_or_default();
        match kind {
            Kind::Uuid => {
                key.push('/');
                push_uuid(&self.bytes(first, 16), &mut key);
            }
            Kind::Text => {
                key.push('/');
                key.push_str(&self.text(first.saturating_add(1), self.word(first)));
            }
            Kind::Owner | Kind::Other => {}
        }
        key
    }

    /// Forgets the name at this place.
    pub fn remove(&mut self, at: NameAt) {
        let (kind, below) = self.header_at(at.0);
        let words_for = |bytes: u32| bytes.div_ceil(4).saturating_add(1);
        let words = match kind {
            Kind::Owner => 1,
            Kind::Uuid => 5,
            Kind::Text => words_for(self.word(at.0.saturating_add(1))).saturating_add(1),
            Kind::Other => words_for(below),
        };
        if kind != Kind::Other {
            self.owners.release(below);
        }
        let next = self.free_of(words).map_or(0, |first| std::mem::replace(first, at.0.saturating_add(1)));
        self.set(at.0, next);
    }

    fn header_at(&self, at: u32) -> (Kind, u32) {
        let word = self.word(at);
        let kind = match word >> KIND_AT {
            0 => Kind::Owner,
            1 => Kind::Uuid,
            2 => Kind::Text,
            _ => Kind::Other,
        };
        (kind, word & MOST)
    }

    fn write(&mut self, header: u32, words: &[u32]) -> NameAt {
        let length = (words.len() as u32).saturating_add(1);
        let at = self.place_for(length);
        self.set(at, header);
        (at.saturating_add(1)..).zip(words).for_each(|(at, word)| self.set(at, *word));
        NameAt(at)
    }

    /// A free place of this many words.
    fn place_for(&mut self, length: u32) -> u32 {
        if let Some(at) = self.free_of(length).and_then(|first| first.checked_sub(1)) {
            let next = self.word(at);
            self.free_of(length).into_iter().for_each(|first| *first = next);
            return at;
        }
        let at = self.words.len() as u32;
        (0..length).for_each(|_| self.words.push(0));
        at
    }

    /// The first free place of this many words, plus one; 0 if there is none.
    #[inline(never)] // for size: each of its callers would have a copy
    fn free_of(&mut self, length: u32) -> Option<&mut u32> {
        let at = self.free.partition_point(|(other, _)| *other < length);
        if self.free.get(at).is_none_or(|(other, _)| *other != length) {
            self.free.insert(at, (length, 0));
        }
        self.free.get_mut(at).map(|(_, first)| first)
    }

    fn text(&self, first: u32, length: u32) -> String {
        String::from_utf8_lossy(&self.bytes(first, length)).into_owned()
    }

    fn bytes(&self, first: u32, length: u32) -> Vec<u8> {
        let words = (first..).take(length.div_ceil(4) as usize).map(|at| self.word(at));
        words.flat_map(u32::to_le_bytes).take(length as usize).collect()
    }

    fn word(&self, at: u32) -> u32 {
        self.words.get(at).copied().unwrap_or_default()
    }

    fn set(&mut self, at: u32, word: u32) {
        if let Some(place) = self.words.get_mut(at) {
            *place = word;
        }
    }
}

fn header(kind: Kind, below: u32) -> u32 {
    (kind as u32) << KIND_AT | below & MOST
}

fn words_of(bytes: &[u8]) -> Vec<u32> {
    let word = |chunk: &[u8]| {
        let mut word = [0; 4];
        word.iter_mut().zip(chunk).for_each(|(place, byte)| *place = *byte);
        u32::from_le_bytes(word)
    };
    bytes.chunks(4).map(word).collect()
}

/// The places of the hyphens in a uuid's text.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The bytes of a uuid as RFC 4122 prints it, in lower case.
fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    let is_plain =
        text.len() == 36 && text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == HYPHENS.contains(&at));
    let mut digits = text.bytes().filter(|byte| *byte != b'-').map(|byte| match byte {
        b'0'..=b'9' | b'a'..=b'f' => char::from(byte).to_digit(16).map(|digit| digit as u8),
        _ => None,
    });
    let mut bytes = [0; 16];
    if !is_plain {
        return None;
    }
    for byte in &mut bytes {
        *byte = digits.next()?? << 4 | digits.next()??;
    }
    Some(bytes)
}

fn push_uuid(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        if HYPHENS.contains(&out.len().saturating_sub(out.find('/').map_or(0, |at| at.saturating_add(1)))) {
            out.push('-');
        }
        out.extend([byte >> 4, byte & 15].iter().filter_map(|digit| char::from_digit((*digit).into(), 16)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(number: u64) -> String {
        let mut key = [7; 32];
        key[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        bs58::encode(key).into_string()
    }

    fn uuid(number: u64) -> String {
        let hex = format!("{:016x}{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    #[test]
    fn names_of_all_kinds_come_back_as_they_were() {
        let (mut names, own) = (Names::default(), owner(1));
        let odd = ["ABC", "", "a-b", "%20%E2%82%AC", &"x".repeat(700), "0A000000-0000-0000-0000-000000000000"];
        let mut keys: Vec<String> = odd.iter().map(|uuid| format!("{own}/{uuid}")).collect();
        keys.extend([own.clone(), format!("{own}/{}", uuid(3)), owner(2), format!("{}/{}", owner(3), uuid(0))]);
        keys.extend(
            ["", "/", "a", "short/b", "0OIl0OIl0OIl0OIl0OIl0OIl0OIl0OIl0OIl/x", &"1".repeat(33)].map(str::to_owned),
        );
        let places: Vec<NameAt> = keys.iter().map(|key| names.put(key)).collect();
        let back: Vec<String> = places.iter().map(|at| names.get(*at)).collect();
        assert_eq!(back, keys);
    }

    #[test]
    fn an_ordinary_name_takes_20_bytes_and_an_owner_is_kept_once() {
        let mut names = Names::default();
        let places: Vec<NameAt> = (0..100).map(|at| names.put(&format!("{}/{}", owner(at / 10), uuid(at)))).collect();
        assert!(places.iter().zip(1..).all(|(at, next)| places.get(next).is_none_or(|next| next.0 - at.0 == 5)));
        assert_eq!(names.owners.numbers(), (10, 0));
    }

    #[test]
    fn what_is_forgotten_makes_room() {
        let mut names = Names::default();
        let mut kept: Vec<(String, NameAt)> = Vec::new();
        for number in 0..20_000_u64 {
            let uuid = if number % 3 == 0 { "u".repeat((number % 50) as usize) } else { uuid(number) };
            let key = format!("{}/{uuid}", owner(number % 900));
            let at = names.put(&key);
            kept.push((key, at));
            if kept.len() > 300 {
                let (key, at) = kept.swap_remove((number * 7919 % 300) as usize);
                assert_eq!(names.get(at), key);
                names.remove(at);
            }
        }
        assert!(kept.iter().all(|(key, at)| names.get(*at) == *key));
        assert!(names.words.len() < 300 * 20 * 2, "{}", names.words.len());
        kept.iter().for_each(|(_, at)| names.remove(*at));
        let (numbers, free) = names.owners.numbers();
        assert!(numbers == free && numbers < 400, "{numbers} {free}");
    }
}
