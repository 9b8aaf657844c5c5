//! A person's or room's picture: initials on a colour that stays the same.

use leptos::prelude::*;

use super::icon::Icon;
use crate::model::{RoomAccess, RoomId, UserRef};

const HUES: i64 = 12;

/// A person's initials. The name stands beside it, so it is silent.
#[component]
pub fn Avatar(user: UserRef, #[prop(optional)] large: bool) -> impl IntoView {
    view! {
        <span class=format!("avatar hue-{}", hue(user.id.0)) class:large=large aria-hidden="true">
            {initials(&user.name)}
        </span>
    }
}

/// A channel's sign: open to all, or behind a password or an invitation.
#[component]
pub fn RoomSign(room: RoomId, access: RoomAccess) -> impl IntoView {
    let icon = if access == RoomAccess::Public { "hash" } else { "lock" };
    view! {
        <span class=format!("avatar room-sign hue-{}", hue(room.0)) aria-hidden="true">
            <Icon name=icon />
        </span>
    }
}

const fn hue(id: i64) -> i64 {
    id.rem_euclid(HUES)
}

/// The first letters of the first and the last word, in upper case.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("ana"), "A");
        assert_eq!(initials(" Ana Maria da Silva "), "AS");
        assert_eq!(initials("élodie ñandu"), "ÉÑ");
        assert_eq!(initials("🦜"), "🦜");
        assert_eq!(initials(""), "");
    }
}
