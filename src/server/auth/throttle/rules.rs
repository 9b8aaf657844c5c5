//! Whom a failure is counted for, and how many are allowed: one list of rules per kind of attempt.
//!
//! Reads the table of limits and decides nothing else; `failures` counts.

use std::{net::IpAddr, sync::PoisonError};

use super::{Throttle, failures::Rule};
use crate::{
    model::{RoomId, UserId},
    server::{auth::devices::DeviceId, limits::LimitTable},
};

/// Whose password is guessed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// By whichever of its names.
    User(UserId),
    /// The hash of a login that nobody has.
    Nobody(u64),
}

/// Whom failures are counted for. Of fixed size: what people type is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Account(Account, IpAddr),
    Everywhere(Account),
    Device(UserId, DeviceId),
    Address(IpAddr),
    /// Guesses at tokens are counted apart: a forgotten program must not keep people out.
    Bearers(IpAddr),
    Room(RoomId, UserId),
    Rooms(IpAddr),
    RoomForNew(RoomId),
}

impl Throttle {
    pub(super) fn sign_in_rules(
        &self,
        account: Account,
        network: IpAddr,
        device: Option<DeviceId>,
    ) -> Vec<Rule<Key>> {
        let rule = |key, allowed, doubles, limit| Rule { key, allowed, doubles, limit };
        let LimitTable {
            failed_sign_ins_per_account: per_account,
            failed_sign_ins_per_account_everywhere: everywhere,
            failed_sign_ins_per_address: per_address,
            ..
        } = self.table;
        if let (Account::User(user), Some(device)) = (account, device) {
            return vec![rule(Key::Device(user, device), per_account, true, "failed_sign_ins_per_account")];
        }
        let mut rules = vec![
            rule(Key::Account(account, network), per_account, true, "failed_sign_ins_per_account"),
            rule(Key::Address(network), per_address, true, "failed_sign_ins_per_address"),
        ];
        if !self.is_home(account, network) {
            let limit = "failed_sign_ins_per_account_everywhere";
            rules.push(rule(Key::Everywhere(account), everywhere, false, limit));
        }
        rules
    }

    fn is_home(&self, account: Account, network: IpAddr) -> bool {
        let Account::User(user) = account else { return false };
        self.homes.lock().unwrap_or_else(PoisonError::into_inner).get(&(user, network)).is_some()
    }

    pub(super) fn room_rules(
        &self,
        room: RoomId,
        user: UserId,
        is_new: bool,
        network: IpAddr,
    ) -> Vec<Rule<Key>> {
        let table = &self.table;
        let (allowed, limit) = if is_new {
            (table.failed_room_passwords_per_new_user, "failed_room_passwords_per_new_user")
        } else {
            (table.failed_room_passwords_per_user, "failed_room_passwords_per_user")
        };
        let mut rules = vec![
            Rule { key: Key::Room(room, user), allowed, doubles: true, limit },
            Rule {
                key: Key::Rooms(network),
                allowed: table.failed_room_passwords_per_address,
                doubles: true,
                limit: "failed_room_passwords_per_address",
            },
        ];
        if is_new {
            rules.push(Rule {
                key: Key::RoomForNew(room),
                allowed: table.failed_room_passwords_of_new_users,
                doubles: false,
                limit: "failed_room_passwords_of_new_users",
            });
        }
        rules
    }
}
