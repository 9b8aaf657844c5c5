//! Accounts: what may be registered, and a new user's first room.

use std::net::IpAddr;

use crate::{
    error::{AppError, FieldErrors, Reason},
    model::{
        Member, RoomId, SiteRole, UserId,
        user::{BirthDate, DisplayName, Email, Password, Username},
    },
    server::{
        auth::{Asker, SignedIn},
        chat::{Chat, RoomCommand, people::search_text, room_command::change, rooms},
        clock,
        config::Registration,
        store::{
            Conn, StoreError, Tx, members, next_id, settings,
            users::{self, NewUser},
        },
        writer::Outcome,
    },
};

/// A registration as typed.
pub struct RegistrationForm {
    pub username: String,
    pub name: String,
    pub email: String,
    /// `YYYY-MM-DD` or empty.
    pub birth_date: String,
    pub password: String,
    pub password_again: String,
    /// The secret of the administrator's link, or empty.
    pub setup: String,
}

/// A registration that keeps every rule that needs no database.
#[derive(Clone)]
pub struct NewAccount {
    pub username: Username,
    pub name: DisplayName,
    pub email: Email,
    pub birth_date: Option<BirthDate>,
    pub password: Password,
}

impl RegistrationForm {
    /// # Errors
    /// `Invalid`, with every broken rule.
    pub fn parse(&self) -> Result<NewAccount, AppError> {
        let mut errors = FieldErrors::default();
        let username = errors.check("username", Username::parse(&self.username));
        let name = errors.check("name", DisplayName::parse(&self.name));
        let email = errors.check("email", Email::parse(&self.email));
        let birth_date = errors.check("birth_date", parse_birth_date(&self.birth_date));
        let password = errors.check("password", Password::parse(&self.password));
        if self.password != self.password_again {
            errors.refuse("password_again", Reason::Mismatch);
        }
        errors.finish()?;
        match (username, name, email, birth_date, password) {
            (Some(username), Some(name), Some(email), Some(birth_date), Some(password)) => {
                Ok(NewAccount { username, name, email, birth_date, password })
            }
            _ => Err(AppError::invalid("", Reason::Malformed)),
        }
    }
}

fn parse_birth_date(text: &str) -> Result<Option<BirthDate>, Reason> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    // A day ahead of UTC it may already be the next date.
    let today = (time::OffsetDateTime::now_utc() + time::Duration::hours(14)).date();
    BirthDate::parse(text, today).map(Some)
}

/// Makes an account for somebody at `address`. The one-time link's secret makes it the administrator, whatever the server's
/// policy on new accounts.
///
/// # Errors
/// `Invalid` with `registration_closed` or `link_spent`, or with one reason per field; `taken` for `username` or `email`; `RateLimited`
/// after too many from the address; `Unavailable` if too many passwords wait to be hashed.
pub async fn register(chat: &Chat, form: RegistrationForm, address: IpAddr) -> Result<SignedIn, AppError> {
    let is_setup = !form.setup.is_empty();
    if is_setup && !chat.auth.setup.fits(&form.setup) {
        return Err(AppError::invalid("", Reason::LinkSpent));
    }
    if !is_setup && chat.registration != Registration::Open {
        return Err(AppError::invalid("", Reason::RegistrationClosed));
    }
    let account = form.parse()?;
    let role = if is_setup { SiteRole::Administrator } else { SiteRole::Member };
    // Counted first and hashed last: a flood of names that are taken costs little and ends soon.
    chat.limits.registration_attempt(address)?;
    refuse_taken(&mut chat.db.read().await?, &account).await?;
    chat.limits.registration(address)?;
    let username = account.username.clone();
    let user = create(chat, account, role, address).await;
    let user = user.inspect_err(|_| chat.limits.registration_failed(address))?;
    chat.limits.log().registered(address, username.as_str());
    if is_setup {
        chat.auth.setup.use_up();
    }
    let mut conn = chat.db.read().await?;
    let account = users::find_account(&mut conn, user).await?;
    account.and_then(SignedIn::admit).ok_or(AppError::UNAVAILABLE)
}

/// Makes an account for somebody at `address` and lets it enter the general room.
///
/// # Errors
/// `Invalid` with `taken` for `username` or `email`, or if there is an administrator already.
pub async fn create(
    chat: &Chat,
    account: NewAccount,
    role: SiteRole,
    address: IpAddr,
) -> Result<UserId, AppError> {
    let password_hash = chat.auth.passwords.hash_for(Asker::at(address), account.password.clone()).await?;
    let is_setup = role == SiteRole::Administrator;
    let register = Registered { account, role, password_hash, is_setup };
    let member = change(chat, chat.general, RoomCommand::Register(Box::new(register))).await?;
    member.map(|member| member.user).ok_or(AppError::UNAVAILABLE)
}

/// An account to be stored.
pub struct Registered {
    pub account: NewAccount,
    pub role: SiteRole,
    pub password_hash: String,
    /// Whether it comes by the one-time link, which is for the first administrator.
    pub is_setup: bool,
}

/// See `RoomCommand::Register`.
pub(super) async fn write_account(
    tx: &mut Tx,
    general: RoomId,
    registered: &Registered,
) -> Result<Outcome<Option<Member>>, AppError> {
    let Registered { account, role, password_hash, is_setup } = registered;
    if *is_setup && users::has_administrator(tx).await? {
        return Err(AppError::invalid("", Reason::LinkSpent));
    }
    if *role == SiteRole::Administrator {
        settings::delete_setup_secret(tx).await?;
    }
    let user = insert(tx, account, *role, password_hash).await?;
    let effects = rooms::enter(tx, general, user, None).await?;
    Ok(Outcome::new(members::find_member(tx, general, user).await?, effects))
}

async fn insert(
    tx: &mut Tx,
    account: &NewAccount,
    role: SiteRole,
    password_hash: &str,
) -> Result<UserId, AppError> {
    refuse_taken(tx, account).await?;
    let user = NewUser {
        id: UserId(next_id()),
        username: &account.username,
        name: &account.name,
        email: &account.email,
        birth_date: account.birth_date,
        password_hash,
        role,
        search_text: &search_text(account.username.as_str(), account.name.as_str()),
        at: clock::now(),
    };
    users::insert_user(tx, &user).await.map_err(|error| match error {
        // Another writer was quicker.
        StoreError::Conflict(name) if name == "users_email_key" => AppError::invalid("email", Reason::Taken),
        StoreError::Conflict(_) => AppError::invalid("username", Reason::Taken),
        other => other.into(),
    })?;
    Ok(user.id)
}

/// Tells of both at once if both are taken.
async fn refuse_taken(conn: &mut Conn, account: &NewAccount) -> Result<(), AppError> {
    let mut errors = FieldErrors::default();
    for (field, login) in [("username", account.username.as_str()), ("email", account.email.as_str())] {
        if users::find_account_by_login(conn, login).await?.is_some() {
            errors.refuse(field, Reason::Taken);
        }
    }
    errors.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> RegistrationForm {
        RegistrationForm {
            username: "ana".into(),
            name: "Ana".into(),
            email: "ana@example.org".into(),
            birth_date: String::new(),
            password: "long enough".into(),
            password_again: "long enough".into(),
            setup: String::new(),
        }
    }

    #[test]
    fn every_broken_rule_is_told_at_once() {
        let broken = RegistrationForm {
            username: "a".into(),
            email: "nobody".into(),
            birth_date: "31/12/2000".into(),
            password_again: "other".into(),
            ..form()
        };
        let error = broken.parse().err().unwrap();
        assert_eq!(error.reason_for("username"), Some(Reason::TooShort));
        assert_eq!(error.reason_for("email"), Some(Reason::Malformed));
        assert_eq!(error.reason_for("birth_date"), Some(Reason::Malformed));
        assert_eq!(error.reason_for("password_again"), Some(Reason::Mismatch));
        assert_eq!(error.reason_for("name"), None);
        assert!(form().parse().is_ok());
    }
}
