//! The table as it is written.

const TABLE: &str = include_str!("table.txt");

/// One request, and how each asker is answered.
#[derive(Clone, Debug)]
pub struct Row {
    pub expected: Vec<u16>,
    pub method: String,
    /// With a query, and names in braces.
    pub path: String,
    /// JSON, a form, or nothing.
    pub body: String,
}

impl Row {
    /// The route, as the lists of routes have it.
    pub fn route(&self) -> String {
        let (path, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
        format!("{} {path}", self.method)
    }

    pub fn rest(&self) -> String {
        format!("{} {}", self.path, self.body)
    }

    pub fn names_a_room(&self) -> bool {
        ["{room}", "{channel}", "/chat/conversations/{id}", "/ws/chat/{id}"]
            .iter()
            .any(|name| self.path.contains(name) || self.body.contains(name))
    }
}

pub fn rows() -> Vec<Row> {
    let lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(read).collect()
}

/// Statuses as the table writes them.
pub fn cells(statuses: &[u16]) -> String {
    statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" ")
}

fn read(line: &str) -> Row {
    let mut words = line.split_whitespace();
    let expected: Vec<u16> = words.by_ref().take(7).map(|word| word.parse().unwrap()).collect();
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let body = words.collect::<Vec<_>>().join(" ");
    assert_eq!(expected.len(), 7, "{line}");
    Row { expected, method, path, body }
}
