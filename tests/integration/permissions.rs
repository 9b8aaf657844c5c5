//! The tables in `docs/permissions.md` are those of the code.

use std::{fmt::Write as _, fs};

use papo::model::{
    MemberRole, SiteRole,
    ability::{
        Ability, Acquaintance, Facts, RoomClass, RoomState, SiteAbility, Standing, Target, Verdict, decide,
    },
};

const BEGIN: &str = "<!-- abilities: written by the test of this page -->\n";
const END: &str = "<!-- end of abilities -->";

/// Changes on purpose only: `INSTA_UPDATE=always cargo test --features ssr --test integration permissions` writes them anew.
#[test]
fn the_tables_in_docs_are_those_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/permissions.md");
    let page = fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (told, after) = rest.split_once(END).unwrap();
    let expected = tables();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(told, expected, "docs/permissions.md differs: see this test for how to write it anew");
}

fn tables() -> String {
    let mut tables: Vec<(Vec<&str>, String)> = Vec::new();
    for (class, state, name) in [
        (RoomClass::PublicChannel, RoomState::Open, "public channel"),
        (RoomClass::PasswordChannel, RoomState::Open, "channel with a password"),
        (RoomClass::PrivateChannel, RoomState::Open, "private channel"),
        (RoomClass::Group, RoomState::Open, "group"),
        (RoomClass::Direct, RoomState::Open, "direct room"),
        (RoomClass::Direct, RoomState::PeerDisabled, "direct room with a disabled person"),
    ] {
        let table = table(class, state);
        match tables.iter_mut().find(|(_, known)| *known == table) {
            Some((names, _)) => names.push(name),
            None => tables.push((vec![name], table)),
        }
    }
    let mut text = String::new();
    for (names, table) in tables {
        let names = names.join(", ");
        let title = names[..1].to_uppercase() + &names[1..];
        write!(text, "\n### {title}\n\n{table}").unwrap();
    }
    write!(text, "\n### On the whole site\n\n{}\n", site_table()).unwrap();
    text
}

/// Who may want something in a room of this class.
fn columns(class: RoomClass) -> Vec<(&'static str, SiteRole, Standing)> {
    let inside = |role| Standing::Inside(role);
    let all = [
        ("outsider", SiteRole::Member, Standing::Outside),
        ("invited", SiteRole::Member, Standing::Invited),
        ("member", SiteRole::Member, inside(MemberRole::Member)),
        ("moderator", SiteRole::Member, inside(MemberRole::Moderator)),
        ("owner", SiteRole::Member, inside(MemberRole::Owner)),
        ("administrator outside", SiteRole::Administrator, Standing::Outside),
        ("administrator inside", SiteRole::Administrator, inside(MemberRole::Member)),
    ];
    let exists = |standing: Standing| match standing {
        Standing::Invited => class.is_closed(),
        Standing::Inside(MemberRole::Owner | MemberRole::Moderator) => class.has_roles(),
        Standing::Inside(MemberRole::Member) | Standing::Outside => true,
    };
    all.into_iter().filter(|(_, _, standing)| exists(*standing)).collect()
}

/// Whether somebody stands so to a room of this class.
fn exists(target: Target, class: RoomClass) -> bool {
    match target {
        Target::Outside | Target::Myself { last_owner: false } | Target::Inside(MemberRole::Member) => true,
        Target::Invited { .. } => class.is_closed(),
        Target::Inside(MemberRole::Owner | MemberRole::Moderator)
        | Target::LastOwner
        | Target::Myself { last_owner: true } => class.has_roles(),
    }
}

/// What a row says, in words; none for a row that says nothing of its own.
fn words(ability: Ability, class: RoomClass) -> Option<String> {
    Some(match ability {
        Ability::Find => "find it in the directory".to_owned(),
        Ability::Enter => "enter without being asked".to_owned(),
        Ability::Answer => "answer an invitation".to_owned(),
        Ability::Read => "read and receive events".to_owned(),
        Ability::Type => "show typing".to_owned(),
        Ability::Post => "send messages".to_owned(),
        Ability::Leave => "leave".to_owned(),
        Ability::Invite => "take in or invite people".to_owned(),
        Ability::Admit(_) | Ability::Reach(_) if !class.is_closed() => return None,
        Ability::Admit(tie) => format!("… at once, without asking: {}", tie_words(tie)),
        Ability::Reach(tie) => format!("… so that the invitation is shown: {}", tie_words(tie)),
        Ability::Remove(target) | Ability::Appoint(target, _) if !exists(target, class) => return None,
        // This is leaving.
        Ability::Remove(Target::Myself { .. }) => return None,
        Ability::Remove(target) => format!("remove {}", target_words(target)),
        Ability::Appoint(target, MemberRole::Owner) => format!("give a role to {}", target_words(target)),
        // The row of a target tells of all roles.
        Ability::Appoint(_, MemberRole::Moderator | MemberRole::Member) => return None,
    })
}

const fn tie_words(tie: Acquaintance) -> &'static str {
    match tie {
        Acquaintance::Knows => "somebody who knows the inviter",
        Acquaintance::Stranger => "a stranger",
        Acquaintance::Blocked => "somebody who has blocked the inviter",
    }
}

const fn target_words(target: Target) -> &'static str {
    match target {
        Target::Outside => "somebody outside",
        Target::Invited { by_me: true } => "somebody whom one has invited",
        Target::Invited { by_me: false } => "somebody whom another has invited",
        Target::Myself { last_owner: false } => "oneself",
        Target::Myself { last_owner: true } => "oneself, the last owner",
        Target::Inside(MemberRole::Member) => "a member",
        Target::Inside(MemberRole::Moderator) => "a moderator",
        Target::Inside(MemberRole::Owner) => "an owner of several",
        Target::LastOwner => "the last owner",
    }
}

fn table(class: RoomClass, state: RoomState) -> String {
    let columns = columns(class);
    let heads: Vec<&str> = columns.iter().map(|(name, ..)| *name).collect();
    let mut text = format!("| may | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for ability in Ability::all() {
        let Some(words) = words(ability, class) else { continue };
        let cell = |(_, site, standing): &(_, SiteRole, Standing)| {
            cell(ability, Facts { site: *site, standing: *standing, class, state })
        };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        writeln!(text, "| {words} | {} |", cells.join(" | ")).unwrap();
    }
    text
}

/// Whether somebody of this standing meets such a target.
fn meets(ability: Ability, standing: Standing) -> bool {
    let (Ability::Remove(target) | Ability::Appoint(target, _)) = ability else { return true };
    match (target, standing) {
        (Target::Myself { last_owner }, Standing::Inside(role)) => !last_owner || role == MemberRole::Owner,
        (Target::Myself { .. }, Standing::Outside | Standing::Invited) => false,
        (Target::LastOwner, standing) => standing != Standing::Inside(MemberRole::Owner),
        (Target::Outside | Target::Invited { .. } | Target::Inside(_), _) => true,
    }
}

fn cell(ability: Ability, facts: Facts) -> String {
    if !meets(ability, facts.standing) {
        return "–".to_owned();
    }
    let Ability::Appoint(target, _) = ability else {
        return match decide(ability, facts) {
            Verdict::Allowed => "yes",
            Verdict::Refused => "no",
            Verdict::Hidden => "hidden",
        }
        .to_owned();
    };
    let verdict = |role| decide(Ability::Appoint(target, role), facts);
    let given: Vec<&str> = [MemberRole::Owner, MemberRole::Moderator, MemberRole::Member]
        .into_iter()
        .filter(|role| verdict(*role).is_allowed())
        .map(|role| match role {
            MemberRole::Owner => "owner",
            MemberRole::Moderator => "moderator",
            MemberRole::Member => "member",
        })
        .collect();
    match (given.len(), verdict(MemberRole::Owner)) {
        (0, Verdict::Hidden) => "hidden".to_owned(),
        (0, _) => "no".to_owned(),
        (3, _) => "any".to_owned(),
        _ => given.join(", "),
    }
}

fn site_table() -> String {
    let mut text = "| may | user | administrator |\n|---|---|---|".to_owned();
    for ability in SiteAbility::ALL {
        let words = match ability {
            SiteAbility::ExceedHoldings => "make more rooms and invitations than the limits of an account",
            SiteAbility::MakeAdminTokens => "make tokens of the scope `admin`",
        };
        let cell = |role: SiteRole| if role.may(ability) { "yes" } else { "no" };
        write!(text, "\n| {words} | {} | {} |", cell(SiteRole::Member), cell(SiteRole::Administrator))
            .unwrap();
    }
    text
}
