//! A person's or room's picture: initials on a colour that stays the same.

use leptos::prelude::*;

use super::icon::Icon;
use crate::{
    model::{RoomAccess, RoomId, RoomKind, UserRef},
    ui::called::plain_name,
};

const HUES: u64 = 12;

/// A person's initials. The name stands beside it, so it is silent.
#[component]
pub fn Avatar(user: UserRef, #[prop(optional)] large: bool) -> impl IntoView {
    let hue = hue(user.id.0);
    let name = plain_name(user);
    view! {
        <span class=format!("avatar hue-{hue}") class:large=large aria-hidden="true">
            {move || initials(&name())}
        </span>
    }
}

/// A room's sign: a channel that is open to all, or behind a password or an invitation; a group.
#[component]
pub fn RoomSign(
    room: RoomId,
    access: RoomAccess,
    #[prop(default = RoomKind::Channel)] kind: RoomKind,
) -> impl IntoView {
    let icon = match (kind, access) {
        (RoomKind::Group, _) => "people",
        (_, RoomAccess::Public) => "hash",
        _ => "lock",
    };
    view! {
        <span class=format!("avatar room-sign hue-{}", hue(room.0)) aria-hidden="true">
            <Icon name=icon />
        </span>
    }
}

/// Ids that follow each other get colours that do not.
const fn hue(id: i64) -> u64 {
    (id.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % HUES
}

/// The first letters of the first and the last word; of a name without letters, its first sign. The style shows
/// them in upper case: Rust's tables for that would be a hundredth of the WebAssembly.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next().or_else(|| name.chars().find(|c| !c.is_whitespace()));
    let last = words.next_back();
    first.into_iter().chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("ana"), "a");
        assert_eq!(initials(" Ana Maria da Silva "), "AS");
        assert_eq!(initials("élodie ñandu"), "éñ");
        assert_eq!(initials("(Zoë) \"Z\" <3"), "Z3");
        assert_eq!(initials("🦜 🦜"), "🦜");
        assert_eq!(initials(""), "");
    }
}
