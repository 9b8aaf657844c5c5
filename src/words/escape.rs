//! Text as the content of an element, where the framework writes it as it is.

/// `text` with `&`, `<` and `>` escaped: for the content of elements such as `<title>` and `<textarea>`, not for attributes.
pub fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// `text` as the raw content of a `<textarea>`. Leptos writes a textarea's children unescaped, and HTML
/// drops one line break after the tag.
pub fn textarea_content(text: &str) -> String {
    let content = escape_text(text);
    if text.starts_with(['\n', '\r']) { format!("\n{content}") } else { content }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_cannot_leave_its_textarea() {
        let content = textarea_content("</textarea><script>alert(1)</script> & more");
        assert!(!content.contains('<'));
        assert!(content.ends_with("&amp; more"));
    }

    #[test]
    fn a_leading_line_break_survives() {
        assert_eq!(textarea_content("\nsecond line"), "\n\nsecond line");
    }
}
