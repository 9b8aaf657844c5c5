//! Values that tell whether they were written to since somebody looked.

use std::{
    borrow::Borrow,
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicU64, Ordering},
};

/// A value with a number that no other one has, and another one from each moment on at which somebody may have changed it.
#[derive(Clone, Debug)]
pub struct Watched<T> {
    value: T,
    version: u64,
}

impl<T> Watched<T> {
    pub fn new(value: T) -> Self {
        Self { value, version: next_version() }
    }

    /// Above 0.
    pub const fn version(&self) -> u64 {
        self.version
    }
}

fn next_version() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl<T> Deref for Watched<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Watched<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.version = next_version();
        &mut self.value
    }
}

impl<T> Borrow<T> for Watched<T> {
    fn borrow(&self) -> &T {
        &self.value
    }
}

impl<T: Default> Default for Watched<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// The values alone are compared.
impl<T: PartialEq> PartialEq for Watched<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Watched<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_is_noticed_and_reading_is_not() {
        let mut watched = Watched::new(vec![1]);
        let before = watched.version();
        assert_eq!((watched.len(), watched.version()), (1, before));
        watched.push(2);
        assert_ne!(watched.version(), before);
    }

    #[test]
    fn another_value_in_its_place_is_noticed() {
        let [first, second] = [Watched::new(1), Watched::new(1)];
        assert_ne!(first.version(), second.version());
        assert_eq!(first, second);
        assert_eq!(first.version(), first.clone().version());
    }
}
