//! Rules of the house that no compiler checks.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 5, "no sources in {folder:?}");
    found
}

fn named(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().to_owned()
}

/// The one choice that a wire type may make: only the server describes it to programs.
const DESCRIBED: &str = r#"#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]"#;

/// A folder says where its code runs; only these files choose by feature. `parts` has pages that may be files of their own.
#[test]
fn features_are_chosen_in_three_files() {
    let marks = ["cfg(feature", "cfg(not(feature", "cfg!(feature", "cfg_attr(feature"];
    let mut files: Vec<String> = sources("src")
        .into_iter()
        .map(|(path, text)| {
            let is_wire = named(&path).starts_with("src/model/") || path.ends_with("src/error.rs");
            let text = if is_wire { text.replace(DESCRIBED, "") } else { text };
            (path, text)
        })
        .filter(|(_, text)| marks.iter().any(|mark| text.contains(mark)))
        .map(|(path, _)| named(&path))
        .collect();
    files.sort();
    assert_eq!(files, ["src/browser/mod.rs", "src/lib.rs", "src/ui/pages/parts.rs"]);
}

/// Leptos does not escape what stands in a textarea on the server.
#[test]
fn no_textarea_has_children() {
    for (path, text) in sources("src/ui") {
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for element in code.split("<textarea").skip(1) {
            let (own, _) = element.split_once("</textarea>").unwrap_or(("/>", ""));
            assert!(own.ends_with('>') || own.contains("/>"), "{}", named(&path));
        }
    }
}

/// What writes into the document's head does not escape on the server; `page_title` does.
#[test]
fn the_title_has_one_writer() {
    let heads = [
        "Title",
        "Meta",
        "Style",
        "Script",
        "Stylesheet",
        "Link",
        "Html",
        "Body",
        "MetaTags",
        "HashedStylesheet",
    ];
    let may = |path: &str, name: &str| {
        (path.ends_with("components/page_title.rs") && name == "Title")
            || (path.ends_with("ui/shell.rs") && name == "MetaTags")
    };
    for (path, text) in sources("src") {
        let path = named(&path);
        let is_view = path.starts_with("src/ui/");
        for name in heads.into_iter().filter(|name| is_view && !may(&path, name)) {
            for end in [' ', '\n', '/', '>'] {
                assert!(!text.contains(&format!("<{name}{end}")), "{path} draws <{name}>");
            }
        }
        for line in
            text.lines().filter(|line| line.contains("leptos_meta") && !line.trim_start().starts_with("//"))
        {
            let is_known = [
                "use leptos_meta::Title;",
                "use leptos_meta::MetaTags;",
                "use leptos_meta::provide_meta_context;",
            ];
            assert!(is_known.contains(&line.trim()), "{path}: {line}");
        }
    }
}

/// Markup that is not made of elements: what stands there must have been made safe.
#[test]
fn inner_html_is_for_what_was_made_safe() {
    let known = [
        // Rendered by the server from a message's text.
        ("src/ui/components/timeline/message_row.rs", "inner_html=html>"),
        ("src/ui/components/composer/mod.rs", "inner_html=textarea_content("),
        ("src/ui/plain_document.rs", "inner_html=textarea_content("),
        // As a child it would end with a mark for hydration, which a title shows.
        ("src/ui/plain_document.rs", "inner_html=escape_text(&title)>"),
        ("src/ui/shell.rs", "inner_html=include_str!(\"icons.svg\")>"),
    ];
    let mut found = 0;
    for (path, text) in sources("src") {
        let path = named(&path);
        for line in text.lines().filter(|line| line.contains("inner_html")) {
            let is_known = known.iter().any(|(file, use_)| path == *file && line.contains(use_));
            assert!(is_known, "{path}: {line}");
            found += 1;
        }
        assert!(!text.contains("set_inner_html") && !text.contains("insert_adjacent_html"), "{path}");
        // HTML in a string: these write their own, of nothing that people wrote but what they escape.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let mut strings = code.flat_map(|line| line.split("\"<").skip(1));
        let writes = strings.any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!'));
        // The last of them writes the id of a mail, which stands between the same signs.
        let makes = [
            "server/content/html.rs",
            "rest/docs/mod.rs",
            "store/tests/messages.rs",
            "server/outbox/mail.rs",
        ];
        assert!(!writes || makes.iter().any(|file| path.ends_with(file)), "{path} writes HTML by hand");
    }
    assert_eq!(found, known.len());
}

#[test]
fn web_sys_is_touched_in_browser_only() {
    for (path, text) in sources("src") {
        let path = named(&path);
        assert!(path.starts_with("src/browser/") || !text.contains("web_sys"), "{path}");
    }
}

#[test]
fn files_stay_small() {
    let is_test = |path: &Path| path.ends_with("tests.rs") || named(path).contains("/tests/");
    for (path, text) in sources("src").into_iter().filter(|(path, _)| !is_test(path)) {
        let code = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        assert!(code <= 260, "{} has {code} lines: look for the second thing in it", named(&path));
    }
}

/// Old protocols hear what one `match` says, and act by the actions.
#[test]
fn old_protocols_name_no_live_event_and_no_store() {
    let folder = "src/server/http/compat/";
    for (path, text) in sources(folder) {
        let path = named(&path);
        assert_eq!(text.contains("LiveEvent"), path == format!("{folder}heard.rs"), "{path}");
        assert!(!text.contains("store::") && !text.contains(".db."), "{path} asks the database itself");
    }
    let (code, _) = sources(folder)
        .into_iter()
        .find(|(path, _)| path.ends_with("heard.rs"))
        .and_then(|(_, text)| {
            text.split_once("#[cfg(test)]").map(|(code, tests)| (code.to_owned(), tests.to_owned()))
        })
        .unwrap();
    assert!(!code.contains("_ =>"), "a new kind of event would slip by");
}
