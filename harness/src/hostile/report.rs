//! The figures of a run, as one table, and those that did not hold.

use std::time::Duration;

use super::{
    attacks::Attack,
    bystanders::{Deed, Figures},
};

/// What came of one attack.
#[derive(Debug)]
pub struct Outcome {
    pub name: &'static str,
    pub seed: u64,
    /// The p99 of each deed of the bystanders, in milliseconds.
    pub p99: [f64; Deed::ALL.len()],
    /// Growth of the server's highest memory and of its open descriptors.
    pub grown_mib: u64,
    pub descriptors: usize,
    pub freed: Option<Duration>,
    pub failed: Vec<String>,
    pub notes: Vec<String>,
}

pub fn p99_of(figures: &Figures) -> [f64; Deed::ALL.len()] {
    Deed::ALL.map(|deed| figures.p99(deed))
}

pub fn print(quiet: &Figures, outcomes: &[Outcome], bounds_of: impl Fn(&str) -> Option<&'static Attack>) {
    let names = Deed::ALL.map(Deed::name);
    println!("\np99 of other people in ms; growth of the server's memory (MiB, of what is allowed)");
    line("", names.map(str::to_owned), ["memory", "files", "free after"].map(str::to_owned), "");
    let nothing = || [String::new(), String::new(), String::new()];
    line("quiet", p99_of(quiet).map(milliseconds), nothing(), "");
    line("allowed", Deed::ALL.map(|deed| milliseconds(deed.allowed(quiet))), nothing(), "");
    for outcome in outcomes {
        let most = bounds_of(outcome.name).map_or(0, |attack| attack.memory_mib);
        let freed =
            outcome.freed.map_or_else(|| "-".to_owned(), |time| format!("{:.1} s", time.as_secs_f32()));
        let used = [format!("{}/{most}", outcome.grown_mib), outcome.descriptors.to_string(), freed];
        let verdict = if outcome.failed.is_empty() { "ok" } else { "FAILED" };
        let notes = format!("{verdict}  {}", outcome.notes.join("; "));
        line(outcome.name, outcome.p99.map(milliseconds), used, notes.trim_end());
    }
    for outcome in outcomes.iter().filter(|outcome| !outcome.failed.is_empty()) {
        println!("\n--attack {} --seed {}", outcome.name, outcome.seed);
        outcome.failed.iter().for_each(|failed| println!("    {failed}"));
    }
}

fn line(name: &str, p99: [String; Deed::ALL.len()], used: [String; 3], rest: &str) {
    let p99 = p99.map(|figure| format!("{figure:>8}")).join("");
    let [memory, files, freed] = used;
    println!("{name:<26}{p99}{memory:>10}{files:>7}{freed:>12}  {rest}");
}

fn milliseconds(figure: f64) -> String {
    if figure < 10.0 { format!("{figure:.1}") } else { format!("{figure:.0}") }
}
