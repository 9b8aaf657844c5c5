//! A fault passes, so what it keeps from being done is refused for now and not for good.

use super::{Evidence, Law, Violation};
use crate::faults::log::What;

/// Nobody is told `internal`: that is final, and whoever sent would give the message up.
pub(super) fn refusals_are_honest(evidence: &Evidence) -> Vec<Violation> {
    let mut violations = Vec::new();
    for witness in &evidence.witnesses {
        for entry in &witness.log.entries {
            let What::Refused { conn, cid, code } = &entry.what else { continue };
            if code == "internal" {
                let frame = cid.as_deref().unwrap_or("a frame that is no send");
                violations.push(Violation {
                    law: Law::RefusalsAreHonest,
                    what: format!(
                        "{} at tick {}, connection {conn}: {frame} is refused as `internal`",
                        witness.username, entry.tick
                    ),
                });
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::checker::story::Story;

    fn refused(code: &str) -> usize {
        let mut story = Story::of(1);
        story.invoke(0, "c1", "a");
        story.note(0, What::Refused { conn: 1, cid: Some("c1".into()), code: code.into() });
        refusals_are_honest(&story.end()).len()
    }

    #[test]
    fn a_refusal_for_now_is_no_violation() {
        assert_eq!(refused("unavailable"), 0);
    }

    #[test]
    fn an_internal_failure_is_caught() {
        assert_eq!(refused("internal"), 1);
    }
}
