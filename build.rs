//! Tells cargo which files the macros read beside the sources.

fn main() {
    for path in ["migrations", "src/words/locales"] {
        println!("cargo::rerun-if-changed={path}");
    }
    // A release binary carries the built site, whose file list only the file system knows.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=target/site");
    }
}
