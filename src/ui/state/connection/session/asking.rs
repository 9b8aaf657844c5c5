//! When to ask for what was missed. An answer to `sync` repeats the list of rooms, so only one is awaited
//! at a time.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    Idle,
    Awaited,
    /// Something was missing after it was asked.
    AwaitedAndDueAgain,
    /// The server asked for patience.
    Refused,
}

impl Asking {
    /// Something is missing. True if it is to be asked for now.
    pub(super) fn ask(&mut self, is_greeted: bool) -> bool {
        match self {
            Self::Idle if is_greeted => {
                *self = Self::Awaited;
                return true;
            }
            Self::Awaited => *self = Self::AwaitedAndDueAgain,
            Self::Idle | Self::AwaitedAndDueAgain | Self::Refused => {}
        }
        false
    }

    /// The answer is complete. True if something was missing meanwhile.
    pub(super) fn answered(&mut self) -> bool {
        let before = std::mem::replace(self, Self::Idle);
        matches!(before, Self::AwaitedAndDueAgain | Self::Refused)
    }

    /// Something was refused for a while that may have been the `sync`.
    pub(super) fn refused(&mut self) {
        if *self != Self::Idle {
            *self = Self::Refused;
        }
    }

    /// The while is over. True if it was the `sync` that was refused.
    pub(super) fn patience_ends(&mut self) -> bool {
        let was_refused = *self == Self::Refused;
        if was_refused {
            *self = Self::Idle;
        }
        was_refused
    }
}
