//! The page's title as tabs and histories show it.

use crate::model::overview::UNREAD_MAX;

/// `(3) general · Papo`; without a name just `Papo`.
pub fn page_title(unread: u32, name: &str) -> String {
    let page = if name.is_empty() { "Papo".to_owned() } else { format!("{name} · Papo") };
    match unread {
        0 => page,
        UNREAD_MAX.. => format!("(99+) {page}"),
        _ => format!("({unread}) {page}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_counts_what_is_unread() {
        assert_eq!(page_title(0, "general"), "general · Papo");
        assert_eq!(page_title(3, ""), "(3) Papo");
        assert_eq!(page_title(99, "general"), "(99) general · Papo");
        assert_eq!(page_title(100, "general"), "(99+) general · Papo");
    }
}
