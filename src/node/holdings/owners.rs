//! The owners of what is held: each public key once, by a number that stays the same while a name needs it.

use super::chunks::Numbered;

/// The owners are found by the first 12 bits of their keys.
const GROUPS: usize = 4096;
/// The greatest number of an owner: names have 30 bits for it.
pub const MAX_NUMBER: u32 = (1 << 30) - 1;

/// An owner that some names share.
#[derive(Debug, Clone, Copy)]
struct Owner {
    key: [u8; 32],
    /// How many names need it; with none, its number is free.
    names: u32,
}

/// All owners.
#[derive(Debug, Default)]
pub struct Owners {
    owners: Numbered<Owner, 1024>,
    /// Numbers in ascending order of their keys, in groups; without a group until there is an owner.
    groups: Vec<Vec<u32>>,
    /// The text of the owner found last, and its number: neighbours among the keys of a store mostly share one.
    last: Option<(String, u32)>,
}

impl Owners {
    /// The number of the owner with this public key, whom one more name needs from now on; `None` if that is not the base58
    /// text of 32 bytes, or if there are too many owners.
    pub fn take(&mut self, text: &str) -> Option<u32> {
        let number = match &self.last {
            Some((last, number)) if last == text => *number,
            _ => {
                let mut key = [0; 32];
                // Text that decodes to 32 bytes is the only one that does.
                let length = bs58::decode(text).onto(&mut key[..]).ok()?;
                let number = if length == key.len() { self.number_of(key)? } else { return None };
                self.last = Some((text.to_owned(), number));
                number
            }
        };
        let owner = self.owners.get_mut(number)?;
        owner.names = owner.names.saturating_add(1);
        Some(number)
    }

    /// Notes that one name less needs this owner.
    pub fn release(&mut self, number: u32) {
        let Some(owner) = self.owners.get_mut(number) else { return };
        owner.names = owner.names.saturating_sub(1);
        let Owner { key, names } = *owner;
        if names == 0
            && let Ok(at) = self.place_of(&key)
            && let Some(group) = self.groups.get_mut(group_of(&key))
        {
            group.remove(at);
            self.owners.release(number);
            self.last = None;
        }
    }

    /// The public key of this owner as base58 text.
    pub fn text(&self, number: u32) -> Option<String> {
        self.owners.get(number).map(|owner| bs58::encode(owner.key).into_string())
    }

    /// How many numbers there are, and how many of them are free.
    #[cfg(test)]
    pub fn numbers(&self) -> (usize, usize) {
        let in_groups: usize = self.groups.iter().map(Vec::len).sum();
        let (numbers, free) = self.owners.numbers();
        assert_eq!(in_groups + free, numbers);
        (numbers, free)
    }

    fn number_of(&mut self, key: [u8; 32]) -> Option<u32> {
        if self.groups.is_empty() {
            self.groups.resize_with(GROUPS, Vec::new);
        }
        let at = match self.place_of(&key) {
            Ok(at) => return self.groups.get(group_of(&key))?.get(at).copied(),
            Err(at) => at,
        };
        let number = self.owners.put(Owner { key, names: 0 }, MAX_NUMBER)?;
        let group = self.groups.get_mut(group_of(&key))?;
        if group.len() == group.capacity() {
            group.reserve_exact((group.len() / 8).saturating_add(1));
        }
        group.insert(at, number);
        Some(number)
    }

    /// The place of a key in its group, or the place where it would have to be.
    fn place_of(&self, key: &[u8; 32]) -> Result<usize, usize> {
        let group = self.groups.get(group_of(key)).ok_or(0_usize)?;
        group.binary_search_by(|number| self.owners.get(*number).map(|owner| owner.key).unwrap_or_default().cmp(key))
    }
}

fn group_of(key: &[u8; 32]) -> usize {
    let [first, second, ..] = *key;
    usize::from(u16::from_be_bytes([first, second]) >> 4)
}
