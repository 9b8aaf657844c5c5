//! Runs cases and prints what came of them.

use std::{path::PathBuf, process::Command, time::Instant};

use anyhow::{Context as _, Result};

use super::{
    cases::{Case, case_for},
    checker::{Evidence, Law, Violation, check},
    liar::Lie,
    log::What,
    world::World,
};
use crate::stage::{Postgres, Setting};

/// How many violations of one run are printed.
const PRINTED: usize = 12;
/// The most characters of one of them.
const LONGEST: usize = 700;

/// What runs share.
pub struct Runner {
    pub is_short: bool,
    /// The server's own account of its options.
    help: String,
    /// Kept between runs: making one takes seconds.
    postgres: Option<Postgres>,
    /// Where the logs of failed runs go.
    logs: PathBuf,
}

impl Runner {
    /// # Errors
    /// If there is no server to run.
    pub fn new(is_short: bool, logs: PathBuf) -> Result<Self> {
        let binary = Setting::new(&logs)?.binary;
        let help = Command::new(binary).args(["serve", "--help"]).output()?.stdout;
        Ok(Self { is_short, help: String::from_utf8_lossy(&help).into_owned(), postgres: None, logs })
    }

    /// Runs a case and says how it went; true if all was well.
    pub async fn run(&mut self, case: &Case, seed: u64) -> bool {
        if let Some(obstacle) = case.obstacle(&self.help) {
            println!("{:<17} seed {seed:<6} skipped: {obstacle}", case.name);
            return true;
        }
        let violations = match self.judge(case, seed).await {
            Ok(violations) => violations,
            Err(error) => {
                println!("{:<17} seed {seed:<6} FAILED: {error:#}", case.name);
                return false;
            }
        };
        for violation in violations.iter().take(PRINTED) {
            println!("    {}", shortened(violation.to_string()));
        }
        if violations.len() > PRINTED {
            println!("    … and {} more", violations.len() - PRINTED);
        }
        violations.is_empty()
    }

    /// Runs the lie's case, which is quiet for most, with a liar between; true if the checker finds the lie.
    pub async fn plant(&mut self, lie: Lie, seed: u64) -> bool {
        let mut case = case_for(lie);
        case.plan.lie = Some(lie);
        match self.judge(&case, seed).await {
            Ok(violations) => {
                let found = violations.iter().find(|violation| violation.law == lie.breaks());
                match found {
                    Some(violation) => println!("    {lie:?} is caught: {violation}"),
                    None => println!("    {lie:?} is NOT caught; found instead: {violations:?}"),
                }
                found.is_some()
            }
            Err(error) => {
                println!("    {lie:?}: FAILED: {error:#}");
                false
            }
        }
    }

    async fn judge(&mut self, case: &Case, seed: u64) -> Result<Vec<Violation>> {
        let began = Instant::now();
        let mut world = World::open(case.plan, seed, self.is_short, self.postgres.take()).await?;
        let ran = async {
            case.run(&mut world).await?;
            world.settle().await?;
            world.gather().await
        };
        let evidence = match ran.await {
            Ok(evidence) => evidence,
            Err(error) => {
                let findings: Vec<_> = world.findings.iter().map(ToString::to_string).collect();
                return Err(error.context(findings.join("\n    ")));
            }
        };
        let mut violations = std::mem::take(&mut world.findings);
        violations.extend(check(&evidence));
        let verdict = if violations.is_empty() { "OK".to_owned() } else { verdict(&violations) };
        let seconds = began.elapsed().as_secs_f32();
        println!(
            "{:<17} seed {seed:<6} {seconds:>5.1} s  {}  {}  {verdict}",
            case.name,
            figures(&world, &evidence),
            world.notes.join("; ")
        );
        if !violations.is_empty() {
            self.keep(case, seed, &evidence, &world)?;
        }
        self.postgres = world.postgres.take();
        Ok(violations)
    }

    fn keep(&self, case: &Case, seed: u64, evidence: &Evidence, world: &World) -> Result<()> {
        let folder = self.logs.join(format!("{}-{seed}", case.name));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for (number, witness) in evidence.witnesses.iter().enumerate() {
            witness.log.dump(&folder.join(format!("{number}-{}.jsonl", witness.username)))?;
        }
        // The server's own log, if it said anything.
        std::fs::copy(world.data().with_extension("log"), folder.join("papo.log")).ok();
        println!("    logs: {}", folder.display());
        Ok(())
    }
}

fn shortened(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(at);
        text.push('…');
    }
    text
}

fn verdict(violations: &[Violation]) -> String {
    let mut laws: Vec<Law> = violations.iter().map(|violation| violation.law).collect();
    laws.sort_unstable();
    laws.dedup();
    format!("VIOLATED: {laws:?}")
}

fn figures(world: &World, evidence: &Evidence) -> String {
    let messages: usize = evidence.rooms().values().map(|view| view.messages.len()).sum();
    let entries = || evidence.witnesses.iter().flat_map(|witness| &witness.log.entries);
    let resumes = entries().filter(|entry| matches!(entry.what, What::Synced { .. })).count();
    let reloads = entries().filter(|entry| matches!(entry.what, What::Reload { .. })).count();
    let all = world.status_of_all();
    let sum = |of: fn(&super::client::Status) -> u64| all.iter().map(of).sum::<u64>();
    format!(
        "{messages:>5} messages {:>5} acks {:>6} deliveries {:>4} connections {resumes:>3} resumes {reloads:>2} reloads \
         {:>3} refusals",
        sum(|status| status.acknowledged),
        sum(|status| status.delivered),
        sum(|status| u64::from(status.connections)),
        sum(|status| status.refused),
    )
}
