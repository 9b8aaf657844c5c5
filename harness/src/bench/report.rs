//! The figures of a run, as a table and as JSON.

use std::{fs, path::Path};

use anyhow::Result;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    machine: String,
    notes: Vec<String>,
    rows: Vec<Row>,
}

/// One measure of Papo and of what it is compared with.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    pub scenario: &'static str,
    pub what: String,
    pub unit: &'static str,
    pub papo: Option<f64>,
    /// The broadcaster that writes each frame alone.
    pub bare: Option<f64>,
    /// The broadcaster that writes what waits at once.
    pub gathered: Option<f64>,
    /// The loop that commits each message alone.
    pub commit_alone: Option<f64>,
    pub budget: Option<&'static str>,
}

impl Row {
    pub(super) fn new(scenario: &'static str, what: impl Into<String>, unit: &'static str) -> Self {
        Self { scenario, what: what.into(), unit, ..Self::default() }
    }

    pub(super) fn budget(mut self, budget: &'static str) -> Self {
        self.budget = Some(budget);
        self
    }

    /// How often the first of the comparisons goes into Papo's figure.
    fn ratio(&self) -> Option<f64> {
        Some(self.papo? / self.bare.or(self.commit_alone)?)
    }
}

const HEAD: [&str; 9] = ["", "", "unit", "papo", "bare", "gathered", "commit alone", "ratio", "budget"];

impl Report {
    pub(super) fn new(machine: String) -> Self {
        println!("{machine}");
        Self { machine, notes: Vec::new(), rows: Vec::new() }
    }

    /// Something that a reader of the figures must know.
    pub(super) fn note(&mut self, note: String) {
        println!("{note}");
        self.notes.push(note);
    }

    pub(super) fn add(&mut self, row: Row) {
        let papo = row.papo.map(number).unwrap_or_default();
        eprintln!("  {} {}: {papo} {}", row.scenario, row.what, row.unit);
        self.rows.push(row);
    }

    pub(super) fn print(&self) {
        let mut lines = vec![HEAD.map(str::to_owned)];
        let mut scenario = "";
        for row in &self.rows {
            let shown = if row.scenario == scenario { "" } else { row.scenario };
            scenario = row.scenario;
            let figures = [row.papo, row.bare, row.gathered, row.commit_alone, row.ratio()];
            let [papo, bare, gathered, alone, ratio] =
                figures.map(|figure| figure.map(number).unwrap_or_default());
            let ratio = if ratio.is_empty() { ratio } else { format!("{ratio} ×") };
            let budget = row.budget.unwrap_or_default().to_owned();
            let (what, unit) = (row.what.clone(), row.unit.to_owned());
            lines.push([shown.to_owned(), what, unit, papo, bare, gathered, alone, ratio, budget]);
        }
        let widths: Vec<usize> = (0..HEAD.len())
            .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
            .collect();
        println!();
        for line in &lines {
            let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
                3..8 => format!("{cell:>width$}"),
                _ => format!("{cell:<width$}"),
            });
            println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
    }

    pub(super) fn write_json(&self, file: &Path) -> Result<()> {
        Ok(fs::write(file, serde_json::to_string_pretty(self)?)?)
    }
}

/// Three digits, and commas between thousands.
fn number(figure: f64) -> String {
    match figure.abs() {
        size if size < 10.0 => format!("{figure:.2}"),
        size if size < 100.0 => format!("{figure:.1}"),
        _ => thousands(figure.round() as i64),
    }
}

fn thousands(figure: i64) -> String {
    let digits = figure.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or("")).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_what_matters_of_it() {
        let shown = [0.123, 4.5, 45.67, 999.4, 1_234_567.0].map(number);
        assert_eq!(shown, ["0.12", "4.50", "45.7", "999", "1,234,567"]);
    }
}
