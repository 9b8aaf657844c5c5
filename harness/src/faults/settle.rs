//! The end of a run: everyone must soon hold everything; then the evidence is gathered.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use super::{
    checker::{Evidence, Law, Violation},
    client::{Status, Wish, read_heads, read_page, read_room},
    world::World,
};

const POLL: Duration = Duration::from_millis(20);
/// Who is late is waited for, so that the other laws can be judged too.
const MERCY: Duration = Duration::from_secs(15);

impl World {
    /// Waits until everyone holds everything; notes who does not in time.
    ///
    /// # Errors
    /// If the server does not answer.
    pub async fn settle(&mut self) -> Result<()> {
        self.wish.send_replace(Wish::Settle);
        let began = Instant::now();
        let mut is_late = false;
        loop {
            let behind = self.behind().await;
            let waited = began.elapsed();
            match &behind {
                Ok(behind) if behind.is_empty() => {
                    self.notes.push(format!("settled in {} ms", waited.as_millis()));
                    return Ok(());
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
                _ if waited > self.plan.settle + MERCY => {
                    return behind.context("the server does not answer").map(drop);
                }
                _ => {}
            }
            tokio::time::sleep(POLL).await;
        }
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
        Ok(Evidence { witnesses, rules: self.plan.rules })
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
