//! Rules of the house that no compiler checks.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
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

/// A folder says where its code runs; only these files choose by feature.
#[test]
fn features_are_chosen_in_two_files() {
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
    assert_eq!(files, ["src/browser/mod.rs", "src/lib.rs"]);
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
