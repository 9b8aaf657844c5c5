//! User names for people who only told their name, as the forms of an older chat do.

use crate::{
    error::AppError,
    server::{chat::Chat, content::fold, store::people},
};

/// The most characters that are taken from a name; the rest is for a number.
const LONGEST: usize = 24;
const SHORTEST: usize = 3;

/// A user name made of `name` that nobody has by now: `ana.maria`, or `ana.maria.4711` if that is taken.
///
/// # Errors
/// Those of the database.
pub async fn propose(chat: &Chat, name: &str) -> Result<String, AppError> {
    let wish = from_name(name);
    let mut conn = chat.db.read().await?;
    let mut proposal = wish.clone();
    while people::find_user_by_username(&mut conn, &proposal).await?.is_some() {
        proposal = format!("{wish}.{}", rand::random_range(1_000..1_000_000_u32));
    }
    Ok(proposal)
}

/// The words of a name in letters that a user name may have, joined by dots.
fn from_name(name: &str) -> String {
    let folded = fold(name);
    let words = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut joined = words.collect::<Vec<_>>().join(".");
    joined.truncate(LONGEST);
    let joined = joined.trim_end_matches('.');
    // A number is an id, not a name.
    if joined.len() < SHORTEST || !joined.contains(|c: char| c.is_ascii_alphabetic()) {
        format!("user.{joined}").trim_end_matches('.').to_owned()
    } else {
        joined.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::user::Username;

    #[test]
    fn every_name_becomes_a_user_name() {
        for (name, expected) in [
            ("Ana Maria", "ana.maria"),
            ("  João d'Ávila ", "joao.d.avila"),
            ("Zé", "user.ze"),
            ("日本語", "user"),
            ("2026", "user.2026"),
            ("Maria Aparecida de Souza e Silva", "maria.aparecida.de.souza"),
        ] {
            assert_eq!(from_name(name), expected);
            assert!(Username::parse(expected).is_ok());
        }
    }
}
