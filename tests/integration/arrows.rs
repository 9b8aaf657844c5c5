//! Which folders know which: the arrows of `docs/architecture.md`, held against the code.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use syn::{Attribute, ItemMod, UseTree, Visibility, visit::Visit};

use super::house::sources;

/// What every part of the server may use.
const EVERYWHERE: &[&str] = &["clock", "error", "model", "shard"];

/// What each folder may use besides. There is no circle among them.
const ARROWS: &[(&str, &[&str])] = &[
    ("api", &["auth", "chat", "context", "wire"]),
    ("auth", &["limits", "live", "store", "writer"]),
    ("browser", &["words"]),
    ("chat", &["auth", "config", "content", "limits", "live", "store", "writer"]),
    (
        "command",
        &[
            "auth",
            "chat",
            "config",
            "data_folder",
            "health",
            "history",
            "limits",
            "outbox",
            "store",
            "writer",
        ],
    ),
    ("config", &["limits", "store"]),
    ("content", &[]),
    ("context", &["auth", "chat", "cookies", "limits", "words"]),
    ("data_folder", &["store"]),
    ("error", &["wire"]),
    ("health", &[]),
    ("history", &["config", "health", "store", "writer"]),
    (
        "http",
        &[
            "api", "auth", "chat", "config", "context", "cookies", "health", "limits", "live", "store", "ui",
            "words",
        ],
    ),
    ("json", &[]),
    ("lease", &["store", "writer"]),
    ("limits", &[]),
    ("live", &["config"]),
    ("model", &["json"]),
    ("node", &["chat", "config", "lease", "live", "store", "writer"]),
    ("outbox", &["config", "store", "writer"]),
    ("store", &[]),
    ("ui", &["api", "browser", "json", "wire", "words"]),
    ("upkeep", &["auth", "chat", "outbox"]),
    ("wire", &["json"]),
    ("words", &[]),
    ("writer", &["health", "live", "store"]),
];

/// Files that start a server, and so know everything.
const STARTERS: &[&str] = &["lib", "main", "prepare", "serve"];

/// The folder or file at the top of `src`, or of `src/server`, that a path begins with.
fn place(parts: &[String]) -> Option<String> {
    match parts.first()?.as_str() {
        "server" => parts.get(1).cloned(),
        first => Some(first.to_owned()),
    }
}

/// Collects whom a file names by `crate::…`.
struct Names {
    /// The module that the file is, from the crate on.
    here: Vec<String>,
    found: BTreeSet<String>,
}

impl Names {
    fn note(&mut self, path: &[String]) {
        let (first, rest) = match path.split_first() {
            Some((first, rest)) => (first.as_str(), rest),
            None => return,
        };
        let absolute = match first {
            "crate" => rest.to_vec(),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let base = self.here.len().saturating_sub(ups);
                self.here[..base].iter().chain(&path[ups..]).cloned().collect()
            }
            _ => return,
        };
        self.found.extend(place(&absolute));
    }

    fn walk(&mut self, tree: &UseTree, before: &[String]) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.walk(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.note(&with(&name.ident)),
            UseTree::Rename(rename) => self.note(&with(&rename.ident)),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.walk(item, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !item.attrs.iter().any(is_test) {
            self.here.push(item.ident.to_string());
            syn::visit::visit_item_mod(self, item);
            self.here.pop();
        }
    }

    fn visit_use_tree(&mut self, tree: &'ast UseTree) {
        self.walk(tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&parts);
        syn::visit::visit_path(self, path);
    }

    /// Who may see something is nobody's use.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|what| what == "test")
}

/// `src/server/store/rooms.rs` is `server::store::rooms`.
fn module(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let mut parts: Vec<String> =
        inside.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    parts.pop_if(|last| last == "mod");
    parts
}

/// Each folder with those that its files name, tests left out.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in sources("src") {
        let here = module(&path);
        let Some(from) = place(&here) else { continue };
        if here.iter().any(|part| part == "tests") || STARTERS.contains(&from.as_str()) {
            continue;
        }
        let mut names = Names { here, found: BTreeSet::new() };
        names.visit_file(&syn::parse_file(&text).unwrap());
        names.found.remove(&from);
        arrows.entry(from).or_default().extend(names.found);
    }
    arrows
}

#[test]
fn folders_know_only_whom_they_may() {
    let arrows = arrows();
    let may = |from: &str, to: &str| {
        let row = ARROWS.iter().find(|(folder, _)| *folder == from);
        EVERYWHERE.contains(&to) || row.is_some_and(|(_, others)| others.contains(&to))
    };
    for (from, found) in &arrows {
        let new: Vec<_> = found.iter().filter(|to| !may(from, to)).collect();
        assert!(new.is_empty(), "{from} may not use {new:?}: see the map in docs/architecture.md");
    }
    for (from, others) in ARROWS {
        for to in *others {
            let is_there = arrows.get(*from).is_some_and(|found| found.contains(*to));
            assert!(is_there, "{from} uses {to} no more: take the arrow away");
        }
    }
}

/// Who uses somebody is not used by them, over however many others.
#[test]
fn no_arrows_make_a_circle() {
    let mut left = arrows();
    while !left.is_empty() {
        // Whoever uses none of those that are left is in no circle.
        let known: BTreeSet<String> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, others| others.iter().any(|other| known.contains(other)));
        assert!(left.len() < before, "a circle among {left:#?}");
    }
}

/// What carries words between nodes has no connections: `live/nodes` brings the two together.
#[test]
fn the_bus_does_not_know_the_fan_out() {
    for (path, text) in sources("src/server/live/bus") {
        let text = text.replace("pub(in crate::server::live)", "");
        assert!(!text.contains("server::live") && !text.contains("super::super"), "{}", path.display());
    }
}
