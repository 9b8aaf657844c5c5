//! A map that never holds more than its cap: strangers can fill it, not grow it.
//!
//! Two generations: new and used keys go to the young one; when that holds half the cap, it becomes the old one and
//! the old one is dropped. So a key stays for at least half the cap's worth of other keys after its last use, and every
//! operation takes constant time.

use std::{collections::HashMap, hash::Hash};

/// How many keys a limiter remembers, unless it says otherwise.
pub(in crate::server) const REMEMBERED: usize = 100_000;

/// How full a bounded collection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub name: &'static str,
    pub entries: usize,
    /// `entries` never exceeds this.
    pub cap: usize,
}

#[derive(Debug)]
pub(in crate::server) struct Capped<K, V> {
    cap: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Copy + Eq + Hash, V> Capped<K, V> {
    /// `cap` is at least 2.
    pub(in crate::server) fn new(cap: usize) -> Self {
        Self { cap: cap.max(2), young: HashMap::new(), old: HashMap::new() }
    }

    pub(in crate::server) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// The key's value, made by `make` if there is none.
    pub(in crate::server) fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if !self.young.contains_key(&key) && self.young.len() >= self.cap / 2 {
            // What is about to be used outlives its generation.
            let kept = self.old.remove(&key);
            self.old = std::mem::take(&mut self.young);
            return self.young.entry(key).or_insert_with(|| kept.unwrap_or_else(make));
        }
        let old = &mut self.old;
        self.young.entry(key).or_insert_with(|| old.remove(&key).unwrap_or_else(make))
    }

    /// The key's value, which keeps its age.
    pub(in crate::server) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        match self.young.get_mut(key) {
            Some(value) => Some(value),
            None => self.old.get_mut(key),
        }
    }

    pub(in crate::server) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Drops the entries of which `keep` is false.
    pub(in crate::server) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.young.retain(|_, value| keep(value));
        self.old.retain(|_, value| keep(value));
    }

    pub(in crate::server) fn size(&self, name: &'static str) -> Size {
        Size { name, entries: self.young.len() + self.old.len(), cap: self.cap }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_and_what_is_used_stays() {
        let mut capped = Capped::new(100);
        *capped.entry(0, || 0) += 1;
        for key in 1..=10_000_u32 {
            capped.entry(key, || 0);
            *capped.entry(0, || 0) += 1;
            assert!(capped.size("test").entries <= 100);
        }
        assert_eq!(capped.get(&0), Some(&10_001), "it was used all the time");
        assert_eq!(capped.get(&1), None);
        assert!(capped.get(&9_960).is_some(), "half the cap is always remembered");
    }

    #[test]
    fn a_removed_key_is_gone() {
        let mut capped = Capped::new(4);
        for key in 0..4 {
            capped.entry(key, || key);
        }
        capped.remove(&0);
        capped.remove(&3);
        assert_eq!((capped.get(&0), capped.get(&3)), (None, None));
        capped.retain(|value| *value != 2);
        assert_eq!(capped.get(&2), None);
    }
}
