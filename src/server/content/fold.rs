//! Text as it is compared in searches: without accents and case.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// `"João Ávila"` becomes `"joao avila"`.
pub(crate) fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_are_ignored() {
        assert_eq!(fold("João Ávila"), "joao avila");
        assert_eq!(fold("ＦＵＬＬ"), "full");
    }
}
