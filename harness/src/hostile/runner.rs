//! Runs attacks: a server of its own for each, bystanders on it, the attack, and then what is left of it.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use rand::{SeedableRng as _, rngs::StdRng};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    aftermath::wait_until_free,
    attacks::{ATTACKS, Attack},
    bystanders::{Bystanders, Figures},
    report::{self, Outcome},
    scene::{Scene, Usage},
    target::Target,
    template::Template,
};

/// Of a server that has just started, before anything is measured.
const WARM_UP: Duration = Duration::from_millis(500);
/// An attack that takes longer waits for a server that answers nobody.
const OVER_WITHIN: Duration = Duration::from_secs(12);

pub struct Runner {
    is_short: bool,
    plain: Template,
    /// Made for the first attack that needs it: it takes seconds.
    with_many_channels: Option<Template>,
    quiet: Arc<Figures>,
    /// What the bystanders alone cost in memory.
    quiet_growth_mib: u64,
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
        let before = scene.usage()?;
        let quiet = bystanders.measure();
        sleep(Duration::from_secs(if is_short { 2 } else { 4 })).await;
        let quiet_growth_mib = scene.usage()?.growth_mib(before);
        bystanders.leave().await?;
        let failures = quiet.failures();
        ensure!(failures.is_empty(), "without any attack: {}", failures.join("; "));
        Ok(Self {
            is_short,
            plain,
            with_many_channels: None,
            quiet,
            quiet_growth_mib,
            watched: JoinSet::new(),
        })
    }

    /// Makes an attack. Whether all becomes free again is watched while later attacks are made. Again, if only times
    /// did not hold: other programs of the same machine are slow neighbours.
    ///
    /// # Errors
    /// If the server does not start.
    pub async fn run(&mut self, attack: &'static Attack, seed: u64) -> Result<()> {
        let mut made = self.make(attack, seed).await?;
        let mut before = Vec::new();
        while before.len() < if self.is_short { 2 } else { 1 } {
            let slow = made.figures.too_slow(&self.quiet);
            if slow.is_empty() || !made.target.findings.is_empty() {
                break;
            }
            before.push(slow.join(", "));
            made = self.make(attack, seed).await?;
        }
        made.target.notes.extend(before.iter().map(|slow| format!("tried again after: {slow}")));
        made.target.findings.extend(made.figures.too_slow(&self.quiet));
        self.watched.spawn(made.watch(attack, seed, self.quiet_growth_mib));
        Ok(())
    }

    async fn make(&mut self, attack: &Attack, seed: u64) -> Result<Made> {
        eprintln!("  {}", attack.name);
        let template = self.template(attack).await?;
        let scene = Scene::open(template, attack).await?;
        let (people, asset) = (Arc::clone(&template.people), Arc::clone(&template.asset));
        let bystanders = Bystanders::enter(scene.papo.address(), Arc::clone(&people)).await?;
        sleep(WARM_UP).await;
        let before = scene.usage()?;
        let mut target = Target {
            server: scene.papo.address(),
            people,
            asset,
            rng: StdRng::seed_from_u64(seed),
            is_short: self.is_short,
            held: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
        };
        let figures = bystanders.measure();
        match timeout(OVER_WITHIN, attack.run(&mut target)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => target.findings.push(format!("the attack could not go on: {error:#}")),
            Err(_) => target.findings.push(format!("the attack was not over after {OVER_WITHIN:?}")),
        }
        let during = scene.usage()?;
        bystanders.leave().await?;
        Ok(Made { scene, target, figures, before, during })
    }

    async fn template(&mut self, attack: &Attack) -> Result<&Template> {
        if !attack.many_channels {
            return Ok(&self.plain);
        }
        let made = match self.with_many_channels.take() {
            Some(made) => made,
            None => Template::make(if self.is_short { 1_000 } else { 5_000 }).await?,
        };
        Ok(self.with_many_channels.insert(made))
    }

    /// Waits for what is still watched and prints everything; gives the names of the attacks that were not
    /// held off.
    ///
    /// # Errors
    /// If an attack could not be watched to its end.
    pub async fn finish(mut self) -> Result<Vec<&'static str>> {
        let mut outcomes = Vec::new();
        while let Some(outcome) = self.watched.join_next().await {
            outcomes.push(outcome??);
        }
        outcomes.sort_by_key(|outcome| ATTACKS.iter().position(|attack| attack.name == outcome.name));
        report::print(&self.quiet, self.quiet_growth_mib, &outcomes);
        let failed = outcomes.iter().filter(|outcome| !outcome.failed.is_empty());
        Ok(failed.map(|outcome| outcome.name).collect())
    }
}

/// An attack that was made.
struct Made {
    scene: Scene,
    target: Target,
    figures: Arc<Figures>,
    before: Usage,
    during: Usage,
}

impl Made {
    /// Waits until everything is free, and judges.
    async fn watch(self, attack: &'static Attack, seed: u64, quiet_growth_mib: u64) -> Result<Outcome> {
        let Self { mut scene, target, figures, before, during } = self;
        let Target { held, findings: mut failed, notes, .. } = target;
        failed.extend(figures.failures());
        let grown_mib = during.growth_mib(before).saturating_sub(quiet_growth_mib);
        if grown_mib > attack.memory_mib {
            failed.push(format!(
                "memory grew by {grown_mib} MiB more than without an attack, {} allowed",
                attack.memory_mib
            ));
        }
        let freed = wait_until_free(&mut scene, before, attack.release, held).await?;
        failed.extend(freed.as_ref().err().cloned());
        failed.extend(scene.panic());
        Ok(Outcome {
            name: attack.name,
            seed,
            figures,
            grown_mib,
            allowed_mib: attack.memory_mib,
            descriptors: during.descriptors.saturating_sub(before.descriptors),
            freed: freed.ok(),
            failed,
            notes,
        })
    }
}
