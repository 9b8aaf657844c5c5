//! What is wrong with a form as a whole.

use leptos::prelude::*;

use super::icon::Icon;
use crate::{error::AppError, ui::language::language, words::error_text};

/// The line above a form's button, for everything that does not stand beside one of its `fields`.
#[component]
pub fn FormError(
    #[prop(into)] error: Signal<Option<AppError>>,
    fields: &'static [&'static str],
) -> impl IntoView {
    let locale = language();
    move || {
        let error = error.get().filter(|error| !is_beside_fields(error, fields))?;
        Some(view! {
            <p class="form-error" role="alert">
                <Icon name="alert" />
                <span>{error_text(locale, &error)}</span>
            </p>
        })
    }
}

fn is_beside_fields(error: &AppError, fields: &[&str]) -> bool {
    match error {
        AppError::Invalid { fields: refused } => refused.iter().all(|f| fields.contains(&f.field.as_str())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn only_what_no_field_shows_stands_above_the_button() {
        let taken = AppError::invalid("username", Reason::Taken);
        assert!(is_beside_fields(&taken, &["username", "email"]));
        assert!(!is_beside_fields(&taken, &["email"]));
        assert!(!is_beside_fields(&AppError::UNAVAILABLE, &["username"]));
    }
}
