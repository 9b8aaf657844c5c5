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
