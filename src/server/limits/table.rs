//! The table of limits: each number that an operator can set, with its name and its default.
//!
//! `PAPO_LIMITS=messages_per_second=20,connections_per_address=500` changes some of them, `off` lifts all.
//! `docs/security.md` has the same table; a test compares the two.

macro_rules! limits {
    ($($name:ident = $default:literal, $about:literal;)*) => {
        /// The numbers in force; whoever counts takes its own number from here.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct LimitTable {
            /// False for load tests: nothing is counted.
            pub is_on: bool,
            $(#[doc = $about] pub $name: u32,)*
        }

        impl Default for LimitTable {
            fn default() -> Self {
                Self { is_on: true, $($name: $default,)* }
            }
        }

        impl LimitTable {
            /// The number of this name.
            fn number(&mut self, name: &str) -> Option<&mut u32> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }

            /// Each limit's name, default and meaning.
            pub const ROWS: &[(&str, u32, &str)] = &[$((stringify!($name), $default, $about),)*];
        }
    };
}

limits! {
    messages_per_second = 10, "Messages that a user may post per second, by all doors together; making, entering and leaving a room count as one.";
    messages_burst = 30, "Messages that a user may post at once after a pause.";
    typing_per_second = 5, "Typing notices per user and second.";
    typing_burst = 10, "Typing notices per user at once after a pause.";
    requests_per_second = 50, "Frames per second of one live connection, and requests per second of one user; a page or a long list counts as several.";
    requests_burst = 200, "The same at once after a pause.";
    stranger_requests_per_second = 50, "Requests for pages and forms per second from one address (IPv6: one /64) by people who are not signed in; a page counts as four.";
    stranger_requests_burst = 500, "The same at once after a pause.";
    connections_per_user = 20, "Live connections of one user.";
    connects_per_second = 10, "New live connections of one user per second.";
    connects_burst = 40, "New live connections of one user at once after a pause.";
    connections_per_address = 100, "Live connections of one address (IPv6: one /64).";
    sockets = 100_000, "Open connections of all kinds; never more than there are file descriptors for.";
    sockets_per_address = 500, "Open connections of one peer (IPv6: one /64); a trusted proxy may have any number.";
    handshakes_per_address = 20, "Socket.IO clients of one address that have not said who they are; one more ends the oldest.";
    rooms_per_owner = 100, "Channels and groups that an account has made and that still exist; administrators may make more.";
    rooms_per_day = 50, "Channels and groups that an account may make within 24 hours; administrators may make more.";
    rooms_per_user = 2000, "Channels and groups that a user may be in.";
    directs_per_day = 50, "Direct rooms that an account may begin within 24 hours with people who do not answer; administrators may begin more.";
    invitations_per_user = 50, "Invitations that wait for one person's answer; further ones do not reach the person.";
    invitations_per_inviter = 100, "Invitations by one account that wait for an answer; administrators may send more.";
    invitations_per_pair = 5, "Invitations by one account to the same person that wait for an answer.";
    blocks_per_user = 1000, "People whom a user may block.";
    tokens_per_user = 50, "Personal tokens of one user.";
    failed_sign_ins_per_account = 10, "Wrong passwords for one account from one address, or from one browser that was signed in before, within 15 minutes.";
    failed_sign_ins_per_account_everywhere = 100, "Wrong passwords for one account within 15 minutes from all addresses and browsers that it is not known to use.";
    failed_sign_ins_per_address = 50, "Wrong passwords, or wrong tokens, from one address within 15 minutes.";
    failed_room_passwords_per_user = 10, "Wrong passwords for one room by one user within 15 minutes.";
    failed_room_passwords_per_new_user = 3, "The same for an account that is younger than a day.";
    failed_room_passwords_per_address = 30, "Wrong passwords for rooms from one address within 15 minutes.";
    failed_room_passwords_of_new_users = 100, "Wrong passwords for one room within 15 minutes by all accounts that are younger than a day.";
    registrations_per_address = 20, "Accounts made from one address (IPv6: one /64) per hour.";
    registrations_burst = 40, "Accounts made from one address at once after a pause.";
    registration_attempts_per_address = 100, "Registrations from one address within an hour, those with a name that is taken too.";
    sessions_per_user = 50, "Sessions of one user in browsers, and as many of programs that gave a password; one more ends the oldest.";
}

impl std::str::FromStr for LimitTable {
    type Err = String;

    /// Reads `on`, `off`, or `name=number` pairs with commas between.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut table = Self::default();
        match text.trim() {
            "on" => return Ok(table),
            "off" => return Ok(Self { is_on: false, ..table }),
            _ => {}
        }
        for pair in text.split(',') {
            let (name, number) =
                pair.split_once('=').ok_or_else(|| format!("{pair:?} is not name=number"))?;
            let limit = table.number(name.trim()).ok_or_else(|| {
                format!("there is no limit {:?}; docs/security.md lists them all", name.trim())
            })?;
            *limit = number.trim().parse().ok().filter(|number| *number > 0).ok_or_else(|| {
                format!("{}: give a number of 1 or more; `off` lifts all limits", name.trim())
            })?;
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_numbers_are_set_and_the_others_keep_their_default() {
        let table: LimitTable = "messages_per_second=20, connections_per_user=5".parse().unwrap();
        assert_eq!((table.messages_per_second, table.connections_per_user), (20, 5));
        assert_eq!(table.connections_per_address, LimitTable::default().connections_per_address);
        assert!(table.is_on && !"off".parse::<LimitTable>().unwrap().is_on);
        assert_eq!("on".parse::<LimitTable>().unwrap(), LimitTable::default());
    }

    #[test]
    fn what_is_no_limit_is_named() {
        for (text, named) in [
            ("nonsense", "nonsense"),
            ("message_per_second=1", "message_per_second"),
            ("messages_burst=0", "messages_burst"),
            ("messages_burst=-1", "messages_burst"),
            ("messages_burst=many", "messages_burst"),
        ] {
            let refused = text.parse::<LimitTable>().unwrap_err();
            assert!(refused.contains(named), "{refused}");
        }
        assert!("".parse::<LimitTable>().is_err());
    }

    #[test]
    fn the_documentation_has_the_same_table() {
        let page = include_str!("../../../docs/security.md");
        for (name, default, about) in LimitTable::ROWS {
            let row = format!("| `{name}` | {default} | {about} |");
            assert!(page.contains(&row), "docs/security.md lacks this row:\n{row}");
        }
    }
}
