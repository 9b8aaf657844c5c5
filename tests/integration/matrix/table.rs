//! The table as it is written.

use papo::model::{
    MemberRole,
    ability::{Ability, Facts, Target, Verdict, decide},
};

const TABLE: &str = include_str!("table.txt");

/// One request, and how it is answered.
#[derive(Clone, Debug)]
pub struct Row {
    pub answers: Answers,
    pub method: String,
    /// With a query, and names in braces.
    pub path: String,
    /// JSON, a form, or nothing.
    pub body: String,
}

#[derive(Clone, Debug)]
pub enum Answers {
    /// One status for each of `Asker::COLUMNS`.
    Fixed(Vec<u16>),
    Decided(Decided),
}

/// By the table of abilities.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The word of an ability, or `see`.
    pub word: String,
    pub allowed: u16,
    pub hidden: u16,
}

impl Row {
    /// The route, as the lists of routes have it.
    pub fn route(&self) -> String {
        let (path, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
        format!("{} {}", self.method, path.replace("{target}", "{user}"))
    }

    pub fn rest(&self) -> String {
        format!("{} {}", self.path, self.body)
    }

    pub fn names_a_room(&self) -> bool {
        ["{room}", "{channel}", "/chat/conversations/{id}", "/ws/chat/{id}"]
            .iter()
            .any(|name| self.path.contains(name) || self.body.contains(name))
    }

    pub fn names_a_target(&self) -> bool {
        self.path.contains("{target}")
    }

    /// The role that it asks for.
    fn role(&self) -> MemberRole {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        serde_json::from_value(body["role"].clone()).unwrap()
    }
}

impl Decided {
    /// What the table of abilities says of `row`, asked about `target`.
    pub fn verdict(&self, row: &Row, facts: Facts, target: Target) -> Verdict {
        match self.word.as_str() {
            "see" if decide(Ability::Find, facts).is_allowed() => Verdict::Allowed,
            "see" => decide(Ability::Read, facts),
            "remove" => decide(Ability::Remove(target), facts),
            "appoint" => decide(Ability::Appoint(target, row.role()), facts),
            word => {
                let mut named = Ability::all().into_iter().filter(|ability| ability.word() == word);
                let ability = named.next().unwrap_or_else(|| panic!("no ability is called {word:?}"));
                assert!(named.next().is_none(), "{word} needs a target");
                decide(ability, facts)
            }
        }
    }

    pub fn status(&self, verdict: Verdict) -> u16 {
        match verdict {
            Verdict::Allowed => self.allowed,
            Verdict::Refused => 403,
            Verdict::Hidden => self.hidden,
        }
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
    let answers = if line.starts_with(|c: char| c.is_ascii_digit()) {
        let statuses: Vec<u16> = words.by_ref().take(7).map(|word| word.parse().unwrap()).collect();
        assert_eq!(statuses.len(), 7, "{line}");
        Answers::Fixed(statuses)
    } else {
        let (word, statuses) = (words.next().unwrap().to_owned(), words.next().unwrap());
        let (allowed, hidden) = statuses.split_once('/').unwrap_or((statuses, "404"));
        let (allowed, hidden) = (allowed.parse().unwrap(), hidden.parse().unwrap());
        Answers::Decided(Decided { word, allowed, hidden })
    };
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let body = words.collect::<Vec<_>>().join(" ");
    Row { answers, method, path, body }
}
