//! The judge of a run: pure functions from what clients logged and what the server shows in the end to
//! the laws of delivery that were broken.
//!
//! Each law is a function of its own, and each has a test that plants a violation and sees it caught.

mod answers;
mod converge;
mod evidence;
mod kept;
mod marks;
mod old;
mod order;
mod refusals;
mod revoked;
mod seqs;
mod streams;
mod typing;
mod views;

#[cfg(test)]
mod story;

use std::fmt;

pub use evidence::{Evidence, HeldRoom, Line, Revocation, Rules, View, Witness};

/// A broken law, with the records that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub law: Law,
    pub what: String,
}

/// What must always hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    AcknowledgedIsKept,
    OneRowPerCid,
    AnswersAgree,
    NothingIsInvented,
    SeqsAreDense,
    StreamHasNoHole,
    StreamNeverStepsBack,
    SilenceAfterLeaving,
    MembersAgree,
    SeenComesBeforeSent,
    PipelineKeepsOrder,
    DeliveredIsKept,
    EventsEqualFetch,
    PageShowsHistory,
    TypingEnds,
    MarksOnlyGrow,
    MarksConverge,
    RevokedHearNothing,
    OldClientIsWhole,
    RefusalsAreHonest,
    /// A law of the case itself, such as "the server ends within ten seconds".
    Case,
}

impl Law {
    /// The law in one sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::AcknowledgedIsKept => "an acknowledged message is in history",
            Self::OneRowPerCid => "an author's cid has one row",
            Self::AnswersAgree => "every answer to a send names the same row",
            Self::NothingIsInvented => "history holds only what was sent",
            Self::SeqsAreDense => "seqs are 1 to head, each owned by one change",
            Self::StreamHasNoHole => "a client's stream has no hole",
            Self::StreamNeverStepsBack => "a client's stream never steps back",
            Self::SilenceAfterLeaving => "who left hears nothing later",
            Self::MembersAgree => "all members see the same bytes",
            Self::SeenComesBeforeSent => "what was seen before a send has a lower seq",
            Self::PipelineKeepsOrder => "sends of one connection keep their order",
            Self::DeliveredIsKept => "what was delivered is in history",
            Self::EventsEqualFetch => "old state and events equal a fresh fetch",
            Self::PageShowsHistory => "the page from the server shows the end of history",
            Self::TypingEnds => "typing is stale for at most six seconds",
            Self::MarksOnlyGrow => "marks only grow, and not above the head",
            Self::MarksConverge => "when all is quiet, everyone knows how far each member has come",
            Self::RevokedHearNothing => "a session that was ended hears nothing later",
            Self::OldClientIsWhole => "a client of an older version holds what history has",
            Self::RefusalsAreHonest => "what a fault keeps from being done may be tried again",
            Self::Case => "the case's own law",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({}): {}", self.law, self.law.sentence(), self.what)
    }
}

/// Ascending numbers in few words: `1-4, 7`.
fn stretches(numbers: &[i64]) -> String {
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => stretches.push((*number, *number)),
        }
    }
    let words = stretches.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Everything that is wrong.
pub fn check(evidence: &Evidence) -> Vec<Violation> {
    if evidence.rules.restored {
        return check_laws(&evidence.of_last_epoch());
    }
    check_laws(evidence)
}

fn check_laws(evidence: &Evidence) -> Vec<Violation> {
    let laws = [
        kept::acknowledged_is_kept,
        kept::delivered_is_kept,
        kept::nothing_is_invented,
        answers::one_row_per_cid,
        answers::answers_agree,
        seqs::seqs_are_dense,
        streams::streams_are_whole,
        order::seen_comes_before_sent,
        order::pipeline_keeps_order,
        views::members_agree,
        views::events_equal_fetch,
        views::pages_show_history,
        typing::typing_ends,
        marks::marks_only_grow,
        converge::marks_converge,
        revoked::revoked_hear_nothing,
        old::old_clients_are_whole,
        refusals::refusals_are_honest,
    ];
    laws.iter().flat_map(|law| law(evidence)).collect()
}

#[cfg(test)]
mod tests {
    use super::{story::Story, *};
    use crate::faults::log::What;

    /// One message is acknowledged and lost with a restore; perhaps the client hears of another epoch.
    fn restored(hears_of_it: bool) -> Vec<Violation> {
        let mut story = Story::of(2);
        story.send(0, "c1", "kept").acknowledge(0, "c1", 1).tell_all(1);
        story.send(0, "c2", "lost").acknowledge(0, "c2", 2).tell_all(2);
        story.put_back_to(1);
        if hears_of_it {
            for member in 0..2 {
                story.note(member, What::Connected { conn: 2, epoch: "f".to_owned() });
            }
        }
        let mut evidence = story.end();
        evidence.rules.restored = true;
        check(&evidence)
    }

    #[test]
    fn what_a_restore_takes_away_is_no_violation_if_it_is_told() {
        assert_eq!(restored(true), []);
    }

    #[test]
    fn a_restore_that_is_not_told_is_caught() {
        let laws: Vec<Law> = restored(false).iter().map(|violation| violation.law).collect();
        assert!(laws.contains(&Law::AcknowledgedIsKept) && laws.contains(&Law::DeliveredIsKept), "{laws:?}");
    }
}
