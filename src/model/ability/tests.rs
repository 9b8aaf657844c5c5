use std::collections::BTreeSet;

use super::*;

#[test]
fn every_ability_is_enumerated_once() {
    let all = Ability::all();
    let words: BTreeSet<&str> = all.iter().map(|ability| ability.word()).collect();
    assert_eq!(words.len(), 12, "{words:?}");
    for (at, ability) in all.iter().enumerate() {
        assert!(!all[..at].contains(ability), "{ability:?}");
    }
}

/// What is hidden of a room is hidden whatever somebody wants.
#[test]
fn to_outsiders_a_closed_room_does_not_exist() {
    let outside =
        Facts::all().filter(|facts| facts.standing == Standing::Outside && !facts.class.is_listed());
    for facts in outside {
        for ability in Ability::all() {
            assert_eq!(decide(ability, facts), Verdict::Hidden, "{ability:?} {facts:?}");
        }
    }
}

#[test]
fn the_invited_may_answer_and_nothing_more_than_outsiders() {
    for facts in Facts::all().filter(|facts| facts.standing == Standing::Invited) {
        let outside = Facts { standing: Standing::Outside, ..facts };
        for ability in Ability::all() {
            let expected =
                if ability == Ability::Answer { Verdict::Allowed } else { decide(ability, outside) };
            assert_eq!(decide(ability, facts), expected, "{ability:?} {facts:?}");
        }
    }
}

/// The fan-out knows who is in a room and nothing else: see `chat::abilities::require_present`.
#[test]
fn being_in_a_room_is_enough_to_read_and_to_type() {
    for facts in Facts::all() {
        for ability in [Ability::Read, Ability::Type] {
            let expected = if facts.standing.is_inside() { Verdict::Allowed } else { Verdict::Hidden };
            assert_eq!(decide(ability, facts), expected, "{ability:?} {facts:?}");
        }
    }
}

#[test]
fn nobody_takes_a_rooms_last_owner_away() {
    for facts in Facts::all() {
        let may = |ability| decide(ability, facts).is_allowed();
        assert!(!may(Ability::Remove(Target::LastOwner)), "{facts:?}");
        for target in [Target::LastOwner, Target::Myself { last_owner: true }] {
            for role in [MemberRole::Moderator, MemberRole::Member] {
                assert!(!may(Ability::Appoint(target, role)), "{facts:?} {target:?} {role:?}");
            }
        }
    }
}

#[test]
fn a_higher_role_gives_no_less() {
    let ladder = [MemberRole::Member, MemberRole::Moderator, MemberRole::Owner];
    for facts in Facts::all().filter(|facts| !facts.standing.is_inside()) {
        for (lower, higher) in ladder.into_iter().zip(ladder.into_iter().skip(1)) {
            for ability in Ability::all() {
                let of = |role| decide(ability, Facts { standing: Standing::Inside(role), ..facts });
                assert!(
                    !of(lower).is_allowed() || of(higher).is_allowed(),
                    "{ability:?} {higher:?} {facts:?}"
                );
            }
        }
        for ability in Ability::all() {
            let of = |site| decide(ability, Facts { site, ..facts });
            let (member, administrator) = (of(SiteRole::Member), of(SiteRole::Administrator));
            assert!(!member.is_allowed() || administrator.is_allowed(), "{ability:?} {facts:?}");
        }
    }
}

#[test]
fn a_moderator_invites_and_removes_members_and_appoints_nobody_else() {
    let moderator = |class| Facts {
        site: SiteRole::Member,
        standing: Standing::Inside(MemberRole::Moderator),
        class,
        state: RoomState::Open,
    };
    for class in [RoomClass::PublicChannel, RoomClass::PrivateChannel, RoomClass::Group] {
        let of = |ability| decide(ability, moderator(class));
        assert_eq!(of(Ability::Invite).is_allowed(), class.is_closed());
        assert_eq!(of(Ability::Remove(Target::Inside(MemberRole::Member))), Verdict::Allowed);
        for target in
            [Target::Inside(MemberRole::Moderator), Target::Inside(MemberRole::Owner), Target::LastOwner]
        {
            assert_eq!(of(Ability::Remove(target)), Verdict::Refused, "{target:?}");
            assert_eq!(of(Ability::Appoint(target, MemberRole::Member)), Verdict::Refused, "{target:?}");
        }
        let member = Target::Inside(MemberRole::Member);
        assert_eq!(of(Ability::Appoint(member, MemberRole::Moderator)), Verdict::Refused);
        let myself = Target::Myself { last_owner: false };
        assert_eq!(of(Ability::Appoint(myself, MemberRole::Member)), Verdict::Allowed);
        assert_eq!(of(Ability::Appoint(myself, MemberRole::Owner)), Verdict::Refused);
    }
}

#[test]
fn an_invitation_is_open_unless_something_speaks_against_it() {
    let open = InvitationFacts::default();
    let closed = [
        InvitationFacts { dropped: true, ..open },
        InvitationFacts { inviter_disabled: true, ..open },
        InvitationFacts { inviter_blocked: true, ..open },
    ];
    assert_eq!(Standing::of(None, Some(open)), Standing::Invited);
    assert!(closed.into_iter().all(|closed| Standing::of(None, Some(closed)) == Standing::Outside));
    assert_eq!(Standing::of(Some(MemberRole::Owner), Some(open)), Standing::Inside(MemberRole::Owner));
}

#[test]
fn a_block_counts_more_than_an_acquaintance() {
    let known = Ties { shares_room: true, wrote: true, blocked: false };
    assert_eq!(Acquaintance::of(known), Acquaintance::Knows);
    assert_eq!(Acquaintance::of(Ties { blocked: true, ..known }), Acquaintance::Blocked);
    assert_eq!(Acquaintance::of(Ties { shares_room: false, ..known }), Acquaintance::Knows);
    assert_eq!(Acquaintance::of(Ties { wrote: false, ..known }), Acquaintance::Knows);
    assert_eq!(Acquaintance::of(Ties::default()), Acquaintance::Stranger);
}
