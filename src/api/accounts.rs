//! Registering, signing in and out.

use leptos::prelude::*;

use crate::{error::AppError, wire::Json};

/// Makes an account, signs it in and goes to `redirect` or home.
///
/// `setup` is the secret of the one-time link that makes the administrator, or empty.
///
/// # Errors
/// `Invalid` with one reason per field; `RateLimited`.
#[server(name = Register, prefix = "/fn", endpoint = "register", output = Json)]
pub async fn register(
    username: String,
    name: String,
    email: String,
    #[server(default)] birth_date: String,
    password: String,
    password_again: String,
    #[server(default)] setup: String,
    #[server(default)] redirect: String,
) -> Result<(), AppError> {
    use crate::server::{
        auth,
        chat::accounts::{self, RegistrationForm},
        context,
    };
    let form = RegistrationForm { username, name, email, birth_date, password, password_again, setup };
    let mut door = context::door().await?;
    let account = accounts::register(&*context::chat()?, form, door.address).await?;
    auth::start_session(&mut door, account).await?;
    context::go_to(&redirect);
    Ok(())
}

/// Signs in by user name or e-mail and goes to `redirect` or home.
///
/// # Errors
/// `Invalid` with `wrong_credentials` for `login`; `RateLimited`.
#[server(name = SignIn, prefix = "/fn", endpoint = "sign_in", output = Json)]
pub async fn sign_in(
    login: String,
    password: String,
    #[server(default)] redirect: String,
) -> Result<(), AppError> {
    use crate::server::{auth, context};
    let mut door = context::door().await?;
    auth::sign_in(&mut door, &login, &password).await?;
    context::go_to(&redirect);
    Ok(())
}

/// Ends this session and closes its live connections.
#[server(name = SignOut, prefix = "/fn", endpoint = "sign_out", output = Json)]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::{
        model::paths,
        server::{auth, context},
    };
    let mut door = context::door().await?;
    auth::sign_out(&mut door).await?;
    context::go_to(paths::SIGN_IN);
    Ok(())
}
