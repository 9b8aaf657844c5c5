//! The end of a run: everyone must soon hold everything; then the evidence is gathered.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use super::{
    checker::{Evidence, Law, Violation, Witness},
    client::{Status, Wish, read_heads, read_marks, read_page, read_room},
    marks::{Mark, Marks},
    world::World,
};

const POLL: Duration = Duration::from_millis(20);
/// The server gathers marks for a quarter of a second before it stores them and tells of them.
const GATHERING: Duration = Duration::from_millis(500);
/// Who is late is waited for, so that the other laws can be judged too.
const MERCY: Duration = Duration::from_secs(15);
/// The same where somebody is lied to and may wait in vain.
const MERCY_WITH_LIAR: Duration = Duration::from_secs(1);

impl World {
    /// Waits until everyone holds everything; notes who does not in time.
    ///
    /// # Errors
    /// If the server does not answer.
    pub async fn settle(&mut self) -> Result<()> {
        self.wish.send_replace(Wish::Settle);
        let began = Instant::now();
        let mercy = if self.plan.lie.is_some() { MERCY_WITH_LIAR } else { MERCY };
        let mut is_late = false;
        loop {
            let behind = self.behind().await;
            let waited = began.elapsed();
            match &behind {
                Ok(behind) if behind.is_empty() => {
                    self.notes.push(format!("settled in {} ms", waited.as_millis()));
                    return self.settle_marks(mercy).await;
                }
                _ if waited > self.plan.settle && !is_late => {
                    is_late = true;
                    let what = match &behind {
                        Ok(behind) => {
                            format!("{:?} after the faults: {}", self.plan.settle, behind.join("; "))
                        }
                        Err(error) => format!("the server does not answer: {error:#}"),
                    };
                    self.findings.push(Violation { law: Law::Case, what });
                }
                _ if waited > self.plan.settle + mercy => {
                    return behind.context("the server does not answer").map(drop);
                }
                _ => {}
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until everyone knows how far the others have come, and nothing more is gathered. Whether somebody never learns it
    /// is the checker's matter.
    async fn settle_marks(&mut self, mercy: Duration) -> Result<()> {
        let began = Instant::now();
        let mut known_since = None;
        while began.elapsed() < self.plan.settle + mercy {
            if self.know_marks().await? {
                let since = *known_since.get_or_insert_with(Instant::now);
                if since.elapsed() > GATHERING {
                    self.notes.push(format!("marks in {} ms", (since - began).as_millis()));
                    break;
                }
            } else {
                known_since = None;
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    async fn know_marks(&self) -> Result<bool> {
        let mut stored: BTreeMap<i64, Marks> = BTreeMap::new();
        for (owner, status) in self.owners.iter().zip(self.status_of_all()) {
            let me = self.users[*owner];
            for (room, told) in &status.marks {
                if !stored.contains_key(room) {
                    let read = read_marks(self.nodes[0].address(), &self.people[*owner], *room).await?;
                    stored.insert(*room, read.unwrap_or_default());
                }
                let truth = &stored[room];
                let knows = |(user, mark): (&i64, &Mark)| *user == me || told.get(user) == Some(mark);
                let own = truth.get(&me).copied().unwrap_or_default();
                let is_kept = |marked: &Mark| own.reaches(*marked) || !self.plan.rules.marks;
                if !truth.iter().all(knows) || !status.marked.get(room).is_none_or(is_kept) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn behind(&self) -> Result<Vec<String>> {
        let mut behind = Vec::new();
        for (number, owner) in self.owners.iter().enumerate() {
            let person = &self.people[*owner];
            let server = self.nodes[number % self.nodes.len()].address();
            let reading = read_heads(server, person);
            let heads =
                tokio::time::timeout(Duration::from_secs(2), reading).await.context("no answer")??;
            if let Some(what) = lacks(&self.status(number), &heads) {
                behind.push(format!("{} {what}", person.username));
            }
        }
        Ok(behind)
    }

    /// Sends everyone home and reads each room once more as each of its members.
    ///
    /// # Errors
    /// If the server does not answer.
    pub async fn gather(&mut self) -> Result<Evidence> {
        self.wish.send_replace(Wish::End);
        let mut witnesses = Vec::new();
        while let Some(witness) = self.tasks.join_next().await {
            witnesses.push(witness.context("a client failed")?);
        }
        for witness in &mut witnesses {
            let person = self.people.iter().position(|person| person.username == witness.username);
            let number = person.context("a stranger")?;
            let (server, person) = (self.nodes[number % self.nodes.len()].address(), &self.people[number]);
            for room in read_heads(server, person).await?.into_keys() {
                if let Some(mut view) = read_room(server, person, room).await? {
                    view.page = Some(read_page(server, person, room).await?);
                    witness.views.insert(room, view);
                }
            }
        }
        witnesses.sort_by(|a, b| a.username.cmp(&b.username));
        let marks = self.gather_marks(&witnesses).await?;
        let revocations = std::mem::take(&mut self.revocations);
        Ok(Evidence { witnesses, marks, revocations, rules: self.plan.rules })
    }

    /// What each node says of the marks of each room that somebody is in.
    async fn gather_marks(&self, witnesses: &[Witness]) -> Result<BTreeMap<i64, Vec<Marks>>> {
        let mut all: BTreeMap<i64, Vec<Marks>> = BTreeMap::new();
        for witness in witnesses {
            let person = self.people.iter().find(|person| person.username == witness.username);
            let person = person.context("a stranger")?;
            for room in witness.views.keys().filter(|room| !all.contains_key(*room)).collect::<Vec<_>>() {
                let mut nodes = Vec::new();
                for node in &self.nodes {
                    nodes.push(read_marks(node.address(), person, *room).await?.unwrap_or_default());
                }
                all.insert(*room, nodes);
            }
        }
        Ok(all)
    }
}

fn lacks(status: &Status, heads: &BTreeMap<i64, i64>) -> Option<String> {
    if !status.is_ready {
        return Some("is not connected".to_owned());
    }
    if status.unanswered > 0 {
        return Some(format!("waits for {} answers", status.unanswered));
    }
    (status.cursors != *heads).then(|| format!("holds {:?} of {heads:?}", status.cursors))
}
