//! Which folders know which: the arrows of `docs/architecture.md`, held against the code.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use syn::{Attribute, ItemMod, UseTree, Visibility, visit::Visit};

use super::house::sources;

/// What each folder may use. Everything may use `error`, the server's parts also `clock`, `config` and `shard`.
const ARROWS: &[(&str, &[&str])] = &[];

/// Folders that know each other, to be parted.
const CIRCLES: &[(&str, &str)] = &[];

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
        if here.iter().any(|part| part == "tests") || from == "lib" || from == "main" {
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
    let found = arrows();
    for (from, to) in &found {
        println!("{from}: {to:?}");
    }
    panic!()
}
