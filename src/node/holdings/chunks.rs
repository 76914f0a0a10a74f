//! Values in chunks that are allocated once and never moved, so that the allocator's memory keeps no holes where a list has
//! grown.

/// Values by their numbers, which count from 0; memory is taken for `CHUNK` of them at a time.
#[derive(Debug)]
pub struct Chunks<T, const CHUNK: usize>(Vec<Vec<T>>);

impl<T, const CHUNK: usize> Default for Chunks<T, CHUNK> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const CHUNK: usize> Chunks<T, CHUNK> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        let full = self.0.len().saturating_sub(1).saturating_mul(CHUNK);
        full.saturating_add(self.0.last().map_or(0, Vec::len))
    }

    /// The value of a number.
    pub fn get(&self, number: u32) -> Option<&T> {
        let (chunk, at) = Self::place_of(number)?;
        self.0.get(chunk)?.get(at)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let (chunk, at) = Self::place_of(number)?;
        self.0.get_mut(chunk)?.get_mut(at)
    }

    /// The chunk of a number, and the place in it.
    fn place_of(number: u32) -> Option<(usize, usize)> {
        let number = number as usize;
        Some((number.checked_div(CHUNK)?, number.checked_rem(CHUNK)?))
    }

    /// Adds a value, whose number is [`Self::len`] before.
    pub fn push(&mut self, value: T) {
        if self.0.last().is_none_or(|chunk| chunk.len() >= CHUNK) {
            // The first one grows, because most nodes hold little.
            let room = if self.0.is_empty() { 0 } else { CHUNK };
            self.0.push(Vec::with_capacity(room));
        }
        if let Some(chunk) = self.0.last_mut() {
            chunk.push(value);
        }
    }
}

/// Values with numbers that stay the same. A number that is released is used again.
#[derive(Debug)]
pub struct Numbered<T, const CHUNK: usize> {
    values: Chunks<T, CHUNK>,
    free: Vec<u32>,
}

impl<T, const CHUNK: usize> Default for Numbered<T, CHUNK> {
    fn default() -> Self {
        Self { values: Chunks::default(), free: Vec::new() }
    }
}

impl<T, const CHUNK: usize> Numbered<T, CHUNK> {
    /// How many numbers there are, and how many of them are free.
    #[cfg(test)]
    pub fn numbers(&self) -> (usize, usize) {
        (self.values.len(), self.free.len())
    }

    /// The value of a number.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.values.get(number)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.values.get_mut(number)
    }

    /// Keeps a value; returns its number, or `None` if that would be greater than `max`.
    pub fn put(&mut self, value: T, max: u32) -> Option<u32> {
        if let Some(number) = self.free.pop() {
            *self.get_mut(number)? = value;
            return Some(number);
        }
        let number = u32::try_from(self.values.len()).ok().filter(|number| *number <= max)?;
        self.values.push(value);
        Some(number)
    }

    /// Makes a number free to be used again.
    pub fn release(&mut self, number: u32) {
        self.free.push(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_where_they_are() {
        let mut chunks = Chunks::<u32, 4>::default();
        (0..4).for_each(|value| chunks.push(value));
        let first: *const u32 = chunks.get(3).unwrap();
        (4..11).for_each(|value| chunks.push(value));
        assert_eq!((chunks.len(), chunks.get(11)), (11, None));
        assert!((0..11).all(|value| chunks.get(value) == Some(&value)));
        assert!(std::ptr::eq(first, chunks.get(3).unwrap()));
        *chunks.get_mut(9).unwrap() = 5;
        assert_eq!(chunks.get(9), Some(&5));
    }

    #[test]
    fn a_number_that_is_released_is_used_again() {
        let mut numbered = Numbered::<char, 2>::default();
        assert_eq!(['a', 'b', 'c'].map(|value| numbered.put(value, 2)), [Some(0), Some(1), Some(2)]);
        assert_eq!(numbered.put('d', 2), None);
        numbered.release(1);
        assert_eq!((numbered.numbers(), numbered.put('d', 2)), ((3, 1), Some(1)));
        assert_eq!((numbered.get(1), numbered.numbers()), (Some(&'d'), (3, 0)));
    }
}
