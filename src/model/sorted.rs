//! Small maps as sorted lists, and putting small lists into order.
//!
//! Each `BTreeMap` of other types, and each sort of the standard library, is another four kilobytes of
//! WebAssembly; what a tab keeps in these is some hundred entries, most of them added at the end.

/// A map whose keys ascend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted<K, V>(Vec<(K, V)>);

impl<K, V> Sorted<K, V> {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|(key, value)| keep(key, value));
    }
}

impl<K: Ord, V> Sorted<K, V> {
    fn place(&self, key: &K) -> Result<usize, usize> {
        match self.0.last() {
            Some((last, _)) if last < key => Err(self.0.len()),
            _ => self.0.binary_search_by(|(known, _)| known.cmp(key)),
        }
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        Some(&self.0[self.place(key).ok()?].1)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        Some(&mut self.0[place].1)
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Puts `value` in, and gives back the one that it takes the place of.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(place) => Some(std::mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                self.0.insert(place, (key, value));
                None
            }
        }
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.place(key).ok().map(|place| self.0.remove(place).1)
    }

    /// Takes the entry with the lowest key out, if that key is at most `limit`.
    pub fn pop_up_to(&mut self, limit: &K) -> Option<(K, V)> {
        self.0.first().is_some_and(|(key, _)| key <= limit).then(|| self.0.remove(0))
    }
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Sorted<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut sorted = Self::new();
        for (key, value) in entries {
            sorted.insert(key, value);
        }
        sorted
    }
}

/// Brings `items` into the order of their keys; where these are equal, they stay as they are.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    for end in 1..items.len() {
        let own = key(&items[end]);
        let place = items[..end].partition_point(|item| key(item) <= own);
        items[place..=end].rotate_right(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((0u8..20, any::<Option<u8>>()), 0..60)) {
            let (mut sorted, mut map) = (Sorted::new(), BTreeMap::new());
            for (key, value) in steps {
                match value {
                    Some(value) => prop_assert_eq!(sorted.insert(key, value), map.insert(key, value)),
                    None => prop_assert_eq!(sorted.remove(&key), map.remove(&key)),
                }
                prop_assert_eq!(sorted.get(&key), map.get(&key));
                prop_assert!(sorted.keys().eq(map.keys()) && sorted.values().eq(map.values()));
            }
        }

        #[test]
        fn sorting_is_sorting(items in prop::collection::vec((0u8..9, any::<u8>()), 0..40)) {
            let (mut one, mut other) = (items.clone(), items);
            sort_by_key(&mut one, |item| item.0);
            other.sort_by_key(|item| item.0);
            prop_assert_eq!(one, other);
        }
    }

    #[test]
    fn entries_leave_from_below() {
        let mut sorted = Sorted::from_iter([(3, 'c'), (1, 'a')]);
        assert_eq!(sorted.pop_up_to(&1), Some((1, 'a')));
        assert_eq!(sorted.pop_up_to(&2), None);
    }
}
