//! Runs attacks: a server of its own for each, bystanders on it, the attack, and then what is left of it.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use anyhow::Result;
use rand::{SeedableRng as _, rngs::StdRng};
use tokio::{task::JoinSet, time::sleep};

use super::{
    aftermath::wait_until_free,
    attacks::{ATTACKS, Attack, Furniture},
    bystanders::{Bystanders, Deed, Figures},
    report::{self, Outcome, p99_of},
    scene::Scene,
    target::Target,
    template::Template,
};

/// Of a server that has just started, before anything is measured.
const WARM_UP: Duration = Duration::from_millis(700);

pub struct Runner {
    is_short: bool,
    plain: Template,
    /// Made for the first attack that needs it: it takes seconds.
    furnished: Option<Template>,
    quiet: Arc<Figures>,
    outcomes: Vec<Outcome>,
    /// Attacks that are over, while it is watched whether all becomes free.
    watched: JoinSet<Result<Outcome>>,
}

impl Runner {
    /// Makes the template and measures the bystanders without any attack.
    ///
    /// # Errors
    /// If there is no server to run.
    pub async fn new(is_short: bool) -> Result<Self> {
        let plain = Template::make(if is_short { 100 } else { 500 }).await?;
        let scene = Scene::open(&plain, &ATTACKS[0]).await?;
        let bystanders = Bystanders::enter(scene.papo.address(), Arc::clone(&plain.people)).await?;
        sleep(WARM_UP).await;
        let quiet = bystanders.measure();
        sleep(Duration::from_secs(if is_short { 2 } else { 4 })).await;
        bystanders.leave().await?;
        let failures: String = Deed::ALL.iter().filter_map(|deed| quiet.failures(*deed)).fold(
            String::new(),
            |mut all, failures| {
                writeln!(all, "{failures}").ok();
                all
            },
        );
        anyhow::ensure!(failures.is_empty(), "without any attack {failures}");
        let (outcomes, watched) = (Vec::new(), JoinSet::new());
        Ok(Self { is_short, plain, furnished: None, quiet, outcomes, watched })
    }

    /// Makes an attack. Whether all becomes free again is watched while later attacks are made. Once more, if
    /// only times did not hold: a neighbour on the same machine has no patience with a run.
    ///
    /// # Errors
    /// If the server does not start, or the attack cannot be made.
    pub async fn run(&mut self, attack: &'static Attack, seed: u64) -> Result<()> {
        let mut made = self.attack(attack, seed).await?;
        let slow = self.too_slow(&made.figures);
        if !slow.is_empty() && made.target.findings.is_empty() {
            made = self.attack(attack, seed).await?;
            made.target.note(format!("second try; before: {}", slow.join(", ")));
        }
        let slow = self.too_slow(&made.figures);
        made.target.findings.extend(slow);
        self.watched.spawn(made.finish(attack, seed));
        Ok(())
    }

    async fn attack(&mut self, attack: &Attack, seed: u64) -> Result<Made> {
        eprintln!("  {}", attack.name);
        if attack.furniture == Furniture::ManyChannels && self.furnished.is_none() {
            self.furnished = Some(Template::make(if self.is_short { 1_000 } else { 5_000 }).await?);
        }
        let furnished = self.furnished.as_ref().filter(|_| attack.furniture == Furniture::ManyChannels);
        let template = furnished.unwrap_or(&self.plain);
        let scene = Scene::open(template, attack).await?;
        let bystanders = Bystanders::enter(scene.papo.address(), Arc::clone(&template.people)).await?;
        sleep(WARM_UP).await;
        let before = scene.usage()?;
        let mut target = Target {
            server: scene.papo.address(),
            people: Arc::clone(&template.people),
            asset: Arc::clone(&template.asset),
            rng: StdRng::seed_from_u64(seed),
            is_short: self.is_short,
            held: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
        };
        let figures = bystanders.measure();
        if let Err(error) = attack.run(&mut target).await {
            target.findings.push(format!("the attack could not go on: {error:#}"));
        }
        let during = scene.usage()?;
        bystanders.leave().await?;
        Ok(Made { scene, target, figures, before, during })
    }

    fn too_slow(&self, figures: &Figures) -> Vec<String> {
        let late = Deed::ALL.into_iter().filter(|deed| figures.p99(*deed) > deed.allowed(&self.quiet));
        late.map(|deed| {
            format!(
                "{}: p99 {:.0} ms, {:.0} allowed, {:.0} the longest of {}",
                deed.name(),
                figures.p99(deed),
                deed.allowed(&self.quiet),
                figures.longest(deed),
                figures.done(deed)
            )
        })
        .collect()
    }

    /// Waits for what is still watched and prints everything; gives the names of attacks that did not fail.
    ///
    /// # Errors
    /// If an attack could not be watched to its end.
    pub async fn finish(mut self) -> Result<Vec<&'static str>> {
        while let Some(outcome) = self.watched.join_next().await {
            self.outcomes.push(outcome??);
        }
        let place = |name: &str| ATTACKS.iter().position(|attack| attack.name == name);
        self.outcomes.sort_by_key(|outcome| place(outcome.name));
        report::print(&self.quiet, &self.outcomes, |name| ATTACKS.iter().find(|attack| attack.name == name));
        Ok(self
            .outcomes
            .iter()
            .filter(|outcome| !outcome.failed.is_empty())
            .map(|outcome| outcome.name)
            .collect())
    }
}

/// An attack that was made.
struct Made {
    scene: Scene,
    target: Target,
    figures: Arc<Figures>,
    before: super::scene::Usage,
    during: super::scene::Usage,
}

impl Made {
    async fn finish(self, attack: &'static Attack, seed: u64) -> Result<Outcome> {
        let Self { mut scene, target, figures, before, during } = self;
        let Target { held, findings: mut failed, notes, .. } = target;
        for deed in Deed::ALL {
            failed.extend(figures.failures(deed).map(|failures| format!("{}: {failures}", deed.name())));
        }
        let freed = wait_until_free(&mut scene, before, attack.release, held).await?;
        let grown_mib = during.peak_kib.saturating_sub(before.peak_kib) / 1024;
        if grown_mib > attack.memory_mib {
            failed.push(format!("memory grew by {grown_mib} MiB, {} allowed", attack.memory_mib));
        }
        failed.extend(freed.as_ref().err().cloned());
        failed.extend(scene.panic());
        Ok(Outcome {
            name: attack.name,
            seed,
            p99: p99_of(&figures),
            grown_mib,
            descriptors: during.descriptors.saturating_sub(before.descriptors),
            freed: freed.ok(),
            failed,
            notes,
        })
    }
}
