//! A session that was ended hears nothing later, on any node, and opens nothing.

use super::{Evidence, Law, Violation};

/// "The session has ended."
const SESSION_ENDED: u16 = 4001;

/// Each of its connections is closed in time, with the code that says why, and its proof is worth nothing any more.
pub(super) fn revoked_hear_nothing(evidence: &Evidence) -> Vec<Violation> {
    let mut violations = Vec::new();
    for revocation in &evidence.revocations {
        let how = &revocation.how;
        let mut violate = |what| {
            violations.push(Violation { law: Law::RevokedHearNothing, what: format!("{how}: {what}") });
        };
        for line in &revocation.lines {
            let deadline = revocation.at_ms + line.within_ms;
            match line.closed_ms {
                Some(closed) if closed <= deadline => {}
                Some(closed) => violate(format!(
                    "{} was closed {} ms later, not within {}",
                    line.name,
                    closed - revocation.at_ms,
                    line.within_ms
                )),
                None => violate(format!("{} is still open, and heard {} events", line.name, line.heard)),
            }
            if line.code.is_some_and(|code| code != SESSION_ENDED) {
                violate(format!("{} was closed with {:?}", line.name, line.code));
            }
            // One that never heard anything shows nothing.
            if line.heard == 0 {
                violate(format!("{} heard nothing before", line.name));
            }
        }
        for opened in &revocation.still_opens {
            violate(format!("afterwards {opened}"));
        }
        if revocation.lines.is_empty() {
            violate("nobody was connected".to_owned());
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::checker::{Line, Revocation};

    fn evidence(change: impl FnOnce(&mut Revocation)) -> Evidence {
        let line = Line {
            name: "a socket".to_owned(),
            within_ms: 2_000,
            heard: 3,
            closed_ms: Some(1_100),
            code: Some(SESSION_ENDED),
        };
        let mut revocation = Revocation {
            how: "signed out".to_owned(),
            at_ms: 1_000,
            lines: vec![line],
            ..Revocation::default()
        };
        change(&mut revocation);
        Evidence { revocations: vec![revocation], ..Evidence::default() }
    }

    #[test]
    fn a_connection_that_is_closed_in_time_is_no_violation() {
        assert_eq!(revoked_hear_nothing(&evidence(|_| {})), []);
        // The answer to who ended it may come after the end.
        assert_eq!(
            revoked_hear_nothing(&evidence(|revocation| revocation.lines[0].closed_ms = Some(900))),
            []
        );
    }

    #[test]
    fn a_connection_that_stays_open_is_caught() {
        assert_eq!(
            revoked_hear_nothing(&evidence(|revocation| revocation.lines[0].closed_ms = None)).len(),
            1
        );
        let late = evidence(|revocation| revocation.lines[0].closed_ms = Some(3_001));
        assert_eq!(revoked_hear_nothing(&late).len(), 1);
    }

    #[test]
    fn another_code_is_caught() {
        let told = evidence(|revocation| revocation.lines[0].code = Some(4008));
        assert_eq!(revoked_hear_nothing(&told).len(), 1);
    }

    #[test]
    fn a_proof_that_still_counts_is_caught() {
        let opens = evidence(|revocation| revocation.still_opens.push("node 1 opens a socket".to_owned()));
        assert_eq!(revoked_hear_nothing(&opens).len(), 1);
    }

    #[test]
    fn a_run_that_shows_nothing_is_caught() {
        assert_eq!(revoked_hear_nothing(&evidence(|revocation| revocation.lines.clear())).len(), 1);
        assert_eq!(revoked_hear_nothing(&evidence(|revocation| revocation.lines[0].heard = 0)).len(), 1);
    }
}
