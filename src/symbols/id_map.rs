//! A map by ids.

use super::element::ElementId;

/// A value for each of some ids. The code of this map is for the most part the same for all types of values; that of a
/// `BTreeMap` takes 5 kB of the module for each.
#[derive(Debug, Clone)]
pub struct IdMap<V> {
    places: Places,
    values: Vec<V>,
}

impl<V> Default for IdMap<V> {
    fn default() -> Self {
        Self { places: Places::default(), values: Vec::new() }
    }
}

impl<V> IdMap<V> {
    /// The value of an id.
    #[must_use]
    pub fn get(&self, id: ElementId) -> Option<&V> {
        self.values.get(self.places.of(id).ok()? as usize)
    }

    /// The value of an id, which is this one if it has none yet.
    pub fn get_or_insert(&mut self, id: ElementId, value: V) -> Option<&mut V> {
        let place = self.places.take(id, self.values.len());
        if place == self.values.len() {
            self.values.push(value);
        }
        self.values.get_mut(place)
    }
}

/// The ids in ascending order, each with the place of its value: a few bytes, so that inserting moves little.
#[derive(Debug, Clone, Default)]
struct Places(Vec<(ElementId, u32)>);

impl Places {
    /// The place of an id's value, or where among the ids it would have to be.
    #[inline(never)] // for size: each of its callers would have a copy
    fn of(&self, id: ElementId) -> Result<u32, usize> {
        let at = self.0.partition_point(|(other, _)| *other < id);
        self.0.get(at).filter(|(other, _)| *other == id).map(|(_, place)| *place).ok_or(at)
    }

    /// The place of an id's value, or the next one if it has none yet: from then on, its own.
    #[inline(never)] // for size, as above
    fn take(&mut self, id: ElementId, next: usize) -> usize {
        match self.of(id) {
            Ok(place) => place as usize,
            Err(at) => {
                self.0.insert(at, (id, next as u32));
                next
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_the_value_that_it_was_given_first() {
        let mut map = IdMap::default();
        for number in 0..500_u32 {
            let id = ElementId(number.wrapping_mul(0x9e37_79b9) % 300);
            let had = map.get(id).copied();
            assert_eq!(map.get_or_insert(id, number).copied(), Some(had.unwrap_or(number)));
        }
        let first = |id: u32| (0..500_u32).find(|number| number.wrapping_mul(0x9e37_79b9) % 300 == id);
        assert!((0..310).all(|id| map.get(ElementId(id)).copied() == first(id)));
        *map.get_or_insert(ElementId(0), 0).unwrap() = 7;
        assert_eq!(map.get(ElementId(0)), Some(&7));
    }
}
