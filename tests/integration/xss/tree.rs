//! The shape of a page as browsers read it: its elements, the names of their attributes, and its scripts without
//! their strings.

use std::collections::BTreeSet;

use html5ever::{ParseOpts, parse_document, tendril::TendrilSink as _, tree_builder::TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// What a page is made of, whatever its texts say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shape(Vec<String>);

/// Reads a page with scripts and without.
pub fn shape(html: &str) -> Shape {
    let mut shape = Shape::default();
    for scripting_enabled in [true, false] {
        let options = ParseOpts {
            tree_builder: TreeBuilderOpts { scripting_enabled, ..TreeBuilderOpts::default() },
            ..ParseOpts::default()
        };
        let dom = parse_document(RcDom::default(), options).one(html);
        walk(&dom.document, 0, &mut shape.0);
    }
    shape
}

/// The title that a browser shows.
pub fn title(html: &str) -> String {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut found = Vec::new();
    titles(&dom.document, &mut found);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

impl Shape {
    /// The same elements in an order of their own, where rows are sorted by name.
    pub fn sorted(mut self) -> Self {
        self.0.sort();
        self
    }

    /// The names of all elements and attributes.
    pub fn names(&self) -> BTreeSet<String> {
        let words = self.0.iter().flat_map(|line| line.split([' ', '[', ']']).skip(1));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }
}

/// Where the first differs from the second.
pub fn difference(found: &Shape, expected: &Shape) -> Option<String> {
    if found == expected {
        return None;
    }
    let at = found.0.iter().zip(&expected.0).take_while(|(one, other)| one == other).count();
    let line = |shape: &Shape| shape.0.get(at).cloned().unwrap_or_else(|| "the end".to_owned());
    Some(format!("{} where {} was expected", line(found), line(expected)))
}

fn walk(node: &Handle, depth: usize, lines: &mut Vec<String>) {
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let mut names = Vec::new();
        for attribute in attrs.borrow().iter() {
            let (name, value) =
                (attribute.name.local.to_string(), attribute.value.trim().to_ascii_lowercase());
            if ["href", "src", "action", "formaction", "srcdoc"].contains(&name.as_str()) {
                let is_script =
                    ["javascript:", "data:", "vbscript:"].iter().any(|scheme| value.starts_with(scheme));
                assert!(!is_script, "{name}={value}");
            }
            names.push(name);
        }
        names.sort();
        let script = if &*name.local == "script" { without_strings(&text_of(node)) } else { String::new() };
        lines.push(format!("{depth} {}:{} [{}] {script}", name.ns, name.local, names.join(" ")));
        if let NodeData::Element { template_contents, .. } = &node.data
            && let Some(contents) = &*template_contents.borrow()
        {
            walk(contents, depth + 1, lines);
        }
    }
    for child in node.children.borrow().iter() {
        walk(child, depth + 1, lines);
    }
}

fn titles(node: &Handle, found: &mut Vec<String>) {
    if let NodeData::Element { name, .. } = &node.data
        && &*name.local == "title"
    {
        found.push(text_of(node));
    }
    node.children.borrow().iter().for_each(|child| titles(child, found));
}

fn text_of(node: &Handle) -> String {
    let children = node.children.borrow();
    let texts = children.iter().map(|child| match &child.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => String::new(),
    });
    texts.collect()
}

/// A script with `""` for each of its strings in double quotes; those that are JSON are written as their kind.
fn without_strings(script: &str) -> String {
    let mut rest = script.chars();
    let mut code = String::new();
    while let Some(c) = rest.next() {
        code.push(c);
        if c != '"' {
            continue;
        }
        let string = read_string(&mut rest);
        if string.starts_with(['{', '[']) {
            let json = serde_json::from_str::<serde_json::Value>(&string);
            assert!(json.is_ok(), "a script holds broken JSON: {string}");
            code.push_str("JSON");
        }
        code.push('"');
    }
    code
}

/// The rest of a string up to its end, as JavaScript reads it.
fn read_string(rest: &mut std::str::Chars) -> String {
    let mut string = String::new();
    loop {
        match rest.next().expect("a string in a script has no end") {
            '"' => return string,
            '\n' | '\r' => panic!("a line ends within a string: {string}"),
            '\\' => match rest.next().expect("an escape has no end") {
                'n' => string.push('\n'),
                'r' => string.push('\r'),
                't' => string.push('\t'),
                '0' => string.push('\0'),
                'u' => string.push(read_escape(rest)),
                c => string.push(c),
            },
            c => string.push(c),
        }
    }
}

/// `{2028}` or `2028`.
fn read_escape(rest: &mut std::str::Chars) -> char {
    let digits: String = match rest.as_str().strip_prefix('{') {
        Some(_) => rest.by_ref().skip(1).take_while(|c| *c != '}').collect(),
        None => rest.by_ref().take(4).collect(),
    };
    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).expect("an escape is no character")
}

#[test]
fn what_breaks_out_changes_the_shape() {
    let page = |name: &str| {
        format!("<title>{name}</title><p title=\"{name}\">x<script>let x = \"{name}\";</script>")
    };
    let harmless = shape(&page("Ana"));
    assert_eq!(shape(&page("Bob")), harmless);
    for name in ["</title><b>", "\" onclick=x y=\"", "</title><!--"] {
        assert!(difference(&shape(&page(name)), &harmless).is_some(), "{name}");
    }
    assert_eq!(without_strings(r#"a["\"]"] = "{\"x\": 1}";"#), r#"a[""] = "JSON";"#);
}
