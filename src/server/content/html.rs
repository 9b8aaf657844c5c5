//! Message text as HTML: everything escaped, bare `http` and `https` links made into anchors.

use linkify::{LinkFinder, LinkKind};

/// The HTML of a message's text. Whatever the text holds, it has no elements but `a`.
pub(crate) fn render(text: &str) -> String {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let mut html = String::with_capacity(text.len() + 16);
    for span in finder.spans(text) {
        let part = span.as_str();
        if span.kind().is_some() && is_web(part) {
            html.push_str("<a href=\"");
            escape_into(&mut html, part);
            html.push_str("\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">");
            escape_into(&mut html, part);
            html.push_str("</a>");
        } else {
            escape_into(&mut html, part);
        }
    }
    html
}

fn is_web(link: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| link.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn escape_into(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_shown_as_text() {
        assert_eq!(render("<b onclick='x'>&"), "&lt;b onclick=&#39;x&#39;&gt;&amp;");
    }

    #[test]
    fn bare_links_can_be_followed() {
        let html = render("see https://papo.example/a?b=1&c=2, or not");
        assert!(html.contains(r#"href="https://papo.example/a?b=1&amp;c=2""#), "{html}");
        assert!(html.ends_with("</a>, or not"), "{html}");
    }

    #[test]
    fn other_schemes_are_no_links() {
        for text in ["javascript:alert(1)", "data:text/html,x", "ftp://x.org/", "vbscript://x"] {
            assert!(!render(text).contains("<a"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_anchors_comes_out(text in "(?s).{0,200}|[<>\"'&a-z/: ]{0,80}(https?://[!-~]{0,30})?") {
            let html = render(&text);
            let rest = html
                .replace("<a href=\"", "")
                .replace("\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">", "")
                .replace("</a>", "");
            prop_assert!(!rest.contains(['<', '>', '"', '\'']), "{html}");
        }
    }
}
