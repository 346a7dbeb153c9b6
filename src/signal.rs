//! A value, and the framework's signal that it has changed.
//!
//! The framework's own signals of values have code for each type of value: a kilobyte each. Those of triggers have it once.

use std::{
    cell::RefCell,
    fmt::{Debug, Formatter, Result},
    rc::Rc,
};

use leptos::prelude::{ArcTrigger, Notify as _, Track as _};

/// Clones are of the same value.
pub struct Signal<T> {
    value: Rc<RefCell<T>>,
    changed: ArcTrigger,
}

impl<T> Signal<T> {
    /// With its first value.
    pub fn new(value: T) -> Self {
        Self { value: Rc::new(RefCell::new(value)), changed: ArcTrigger::new() }
    }

    /// The value; whoever asks is asked again when it changes.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.changed.track();
        self.get_untracked()
    }

    /// The value as it is now.
    pub fn get_untracked(&self) -> T
    where
        T: Clone,
    {
        self.value.borrow().clone()
    }

    /// Reads the value; whoever asks is asked again when it changes.
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.changed.track();
        self.with_untracked(read)
    }

    /// Reads the value as it is now.
    pub fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.value.borrow())
    }

    /// Changes the value.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.value.borrow_mut());
        self.changed.notify();
    }

    /// Puts another value in its place.
    pub fn set(&self, value: T) {
        self.update(|old| *old = value);
    }
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        Self { value: Rc::clone(&self.value), changed: self.changed.clone() }
    }
}

impl<T: Default> Default for Signal<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Debug> Debug for Signal<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.value.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;

    use super::*;

    #[test]
    fn clones_are_of_the_same_value() {
        let owner = Owner::new();
        owner.set();
        let signal = Signal::new(1);
        let other = signal.clone();
        signal.set(2);
        other.update(|value| *value += 1);
        assert_eq!((signal.get(), other.with_untracked(|value| *value)), (3, 3));
    }
}
