//! The figures of a run, as one table, and those that did not hold.

use std::{sync::Arc, time::Duration};

use super::bystanders::{Deed, Figures};

const DEEDS: usize = Deed::ALL.len();

/// What came of one attack.
#[derive(Debug)]
pub struct Outcome {
    pub name: &'static str,
    pub seed: u64,
    pub figures: Arc<Figures>,
    /// Growth of the server's highest memory beyond that of a server which is not attacked.
    pub grown_mib: u64,
    pub allowed_mib: u64,
    /// Growth of its open descriptors.
    pub descriptors: usize,
    /// How long it took until everything was free; none if it never was.
    pub freed: Option<Duration>,
    pub failed: Vec<String>,
    pub notes: Vec<String>,
}

pub fn print(quiet: &Figures, quiet_growth_mib: u64, outcomes: &[Outcome]) {
    println!(
        "\nOther people's p99 in ms; growth of the server's memory in MiB beyond the quiet server's / what is allowed, \
         and of its open files"
    );
    line(
        "",
        Deed::ALL.map(|deed| deed.name().to_owned()),
        ["memory", "files", "free after"].map(str::to_owned),
        "",
    );
    let quiet_memory = [quiet_growth_mib.to_string(), String::new(), String::new()];
    line("quiet", Deed::ALL.map(|deed| milliseconds(quiet.p99(deed))), quiet_memory, "");
    line("allowed", Deed::ALL.map(|deed| milliseconds(deed.allowed(quiet))), Default::default(), "");
    for outcome in outcomes {
        let freed =
            outcome.freed.map_or_else(|| "-".to_owned(), |time| format!("{:.1} s", time.as_secs_f32()));
        let memory = format!("{}/{}", outcome.grown_mib, outcome.allowed_mib);
        let verdict = if outcome.failed.is_empty() { "ok" } else { "FAILED" };
        let rest = format!("{verdict:<6}  {}", outcome.notes.join("; "));
        let p99 = Deed::ALL.map(|deed| milliseconds(outcome.figures.p99(deed)));
        line(outcome.name, p99, [memory, outcome.descriptors.to_string(), freed], rest.trim_end());
    }
    for outcome in outcomes.iter().filter(|outcome| !outcome.failed.is_empty()) {
        println!("\n--attack {} --seed {}", outcome.name, outcome.seed);
        outcome.failed.iter().for_each(|failed| println!("    {failed}"));
    }
}

fn line(name: &str, p99: [String; DEEDS], [memory, files, freed]: [String; 3], rest: &str) {
    let p99 = p99.map(|figure| format!("{figure:>8}")).concat();
    println!("{name:<26}{p99}{memory:>10}{files:>7}{freed:>12}  {rest}");
}

fn milliseconds(figure: f64) -> String {
    if figure < 10.0 { format!("{figure:.1}") } else { format!("{figure:.0}") }
}
