//! Who may do what, by every door: each route, server function, live command and older protocol's address is asked
//! by everybody, and `table.txt` tells how each is answered. A route that the table does not name fails the test. What is
//! about a room is asked in every kind of room, and answered as the table of abilities says.

mod places;
mod table;
mod world;

use std::collections::BTreeSet;

use papo::model::{
    ClientCommand,
    ability::{Ability, RoomClass, RoomState, Target, Verdict},
};

use self::{
    places::Places,
    table::{Answers, Decided},
    world::Asker,
};
pub use self::{
    table::{Row, rows},
    world::World,
};
use crate::support::Answer;

/// What is in no list of routes and stands in the table all the same.
const OTHERS: [&str; 5] =
    ["GET /api/live", "GET /api/events", "GET /api/openapi.json", "GET /api/docs", "GET /api/docs/page.css"];

/// Everything that can be asked, as `METHOD /path` with names for its parts.
fn routes() -> BTreeSet<String> {
    let document = papo::server::http::openapi();
    let rest = document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let functions =
        leptos::server_fn::axum::server_fn_paths().map(|(path, method)| format!("{method} {path}"));
    let commands = ClientCommand::TYPES.iter().map(|command| format!("LIVE {command}"));
    let older = papo::server::http::compat_addresses();
    let older = older.into_iter().map(|(method, path)| format!("{method} {path}"));
    let all: BTreeSet<String> = rest.chain(functions).chain(commands).chain(older).collect();
    assert!(all.len() > 50, "{all:?}");
    all
}

#[tokio::test]
async fn the_table_names_every_route_and_no_other() {
    // The server functions are known once a server is there.
    let _app = crate::support::TestApp::start().await;
    let (routes, rows) = (routes(), rows());
    let told: BTreeSet<String> = rows.iter().map(Row::route).collect();
    let missing: Vec<_> = routes.difference(&told).collect();
    assert!(missing.is_empty(), "not in table.txt: {missing:#?}");
    let unknown: Vec<_> =
        told.difference(&routes).filter(|route| !OTHERS.contains(&route.as_str())).collect();
    assert!(unknown.is_empty(), "no such routes: {unknown:#?}");
}

#[tokio::test]
async fn everybody_is_answered_as_the_table_says() {
    let mut world = World::make().await;
    let mut wrong = Vec::new();
    for row in rows() {
        let Answers::Fixed(expected) = &row.answers else { continue };
        let mut statuses = Vec::new();
        for asker in Asker::COLUMNS {
            statuses.push(world.ask(asker, &row).await.status);
        }
        if statuses != *expected {
            wrong.push(format!("{}  {} {}", table::cells(&statuses), row.method, row.rest()));
        }
    }
    assert!(wrong.is_empty(), "answered otherwise:\n{}", wrong.join("\n"));
}

/// Every ability that somebody asks for by an address of its own is asked for in the matrix.
#[test]
fn every_ability_has_a_row() {
    let rows = rows();
    let asked: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| match &row.answers {
            Answers::Decided(decided) => Some(decided.word.as_str()),
            Answers::Fixed(_) => None,
        })
        .collect();
    let all: BTreeSet<&str> = Ability::all().into_iter().map(Ability::word).collect();
    // What becomes of somebody who is invited; `see` is two of them.
    let expected: BTreeSet<&str> =
        all.into_iter().filter(|word| !["admit", "reach"].contains(word)).chain(["see"]).collect();
    assert_eq!(asked, expected);
}

macro_rules! in_every_kind_of_room {
    ($($name:ident: $class:ident, $state:ident;)*) => {$(
        #[tokio::test]
        async fn $name() {
            compare_with_abilities(RoomClass::$class, RoomState::$state).await;
        }
    )*};
}

in_every_kind_of_room! {
    a_public_channel_is_answered_by_abilities: PublicChannel, Open;
    a_channel_with_a_password_is_answered_by_abilities: PasswordChannel, Open;
    a_private_channel_is_answered_by_abilities: PrivateChannel, Open;
    a_group_is_answered_by_abilities: Group, Open;
    a_direct_room_is_answered_by_abilities: Direct, Open;
    a_direct_room_with_a_disabled_person_is_answered_by_abilities: Direct, PeerDisabled;
}

/// Everybody asks everything about a room of this class, and about everybody there. What is hidden is answered as what
/// does not exist.
async fn compare_with_abilities(class: RoomClass, state: RoomState) {
    let mut places = Places::make(class, state).await;
    let (mut wrong, mut counts) = (Vec::new(), [0; 3]);
    for row in rows() {
        let Answers::Decided(decided) = &row.answers else { continue };
        let targets = if row.names_a_target() { &Target::ALL[..] } else { &[Target::Outside] };
        for (asker, target) in
            Asker::ALL.into_iter().flat_map(|asker| targets.iter().map(move |t| (asker, *t)))
        {
            let Some(names) = places.room_with(asker, target).await else { continue };
            let answer = places.world.ask_about(asker, &row, &names).await;
            let verdict = places.facts(asker).map(|facts| decided.verdict(&row, facts, target));
            let expected = verdict.map_or(401, |verdict| decided.status(verdict));
            let found = answer.status;
            if found != expected {
                let about = format!("{} {} by {asker:?} of {target:?}", row.method, row.rest());
                wrong.push(format!("{found} instead of {expected}: {about}"));
            }
            match verdict {
                Some(Verdict::Hidden) => {
                    let missing = places.world.ask_of_nothing(asker, &row).await;
                    assert_eq!(without_times(answer), without_times(missing), "{asker:?}: {}", row.rest());
                    counts[0] += 1;
                }
                Some(Verdict::Refused) => counts[1] += 1,
                Some(Verdict::Allowed) => counts[2] += 1,
                None => {}
            }
            if found < 300 && changes(&row, decided) {
                places.spoil(asker, &names).await;
            }
        }
    }
    assert!(wrong.is_empty(), "answered otherwise:\n{}", wrong.join("\n"));
    assert!(counts.into_iter().all(|count| count > 10), "{counts:?}");
}

/// Whether people stand otherwise to the room once the row is allowed.
fn changes(row: &Row, decided: &Decided) -> bool {
    row.method != "GET" && !["read", "type", "post"].contains(&decided.word.as_str())
}

/// In status and body: a private room is to outsiders, and to who was in it, as one that does not exist.
#[tokio::test]
async fn a_private_room_is_answered_as_a_missing_one() {
    let refused = compare_hidden_and_missing(World::make().await).await;
    assert_eq!(refused, 0, "nothing is limited");
}

/// Nor does it show itself when the allowances of the asker are used up.
#[tokio::test]
async fn a_private_room_is_answered_as_a_missing_one_when_allowances_are_used_up() {
    let refused = compare_hidden_and_missing(World::exhausted().await).await;
    assert!(refused > 20, "{refused}");
}

/// Tells how many of the answers were refusals by a limit.
async fn compare_hidden_and_missing(mut world: World) -> usize {
    let (mut compared, mut refused) = (0, 0);
    for row in rows().into_iter().filter(Row::names_a_room) {
        for asker in [Asker::Anonymous, Asker::Outsider, Asker::Former, Asker::Administrator] {
            let (hidden, missing) = ask_both(&mut world, asker, &row).await;
            let name = format!("{asker:?}: {} {}", row.method, row.rest());
            assert_eq!(hidden, missing, "{name}");
            compared += 1;
            refused += usize::from(hidden.0 == 429);
        }
    }
    assert!(compared > 40, "{compared}");
    refused
}

/// Asks about a hidden room and about a missing one. Where a bit of the asker's allowance came back in between, so that it
/// refused only one of the two, both are asked again.
async fn ask_both(world: &mut World, asker: Asker, row: &Row) -> ((u16, String), (u16, String)) {
    let mut attempts = 0;
    loop {
        let hidden = without_times(world.ask(asker, row).await);
        let missing = without_times(world.ask_of_nothing(asker, row).await);
        attempts += 1;
        if (hidden.0 == 429) == (missing.0 == 429) || attempts == 5 {
            return (hidden, missing);
        }
    }
}

/// Status and body, but for when to try again.
fn without_times(answer: Answer) -> (u16, String) {
    let mut text = answer.text;
    if let Some(at) = text.find("\"retry_after_ms\":") {
        let digits = at + "\"retry_after_ms\":".len();
        let end = text[digits..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| digits + end);
        text.replace_range(digits..end, "0");
    }
    (answer.status, text)
}

/// Before it is accepted, an invitation gives its room's name, and nothing else by any door.
#[tokio::test]
async fn an_invited_person_is_answered_as_if_there_were_no_room() {
    let mut world = World::make().await;
    let answers_it =
        |row: &Row| row.path.starts_with("/api/invitations/") || row.path.ends_with("_invitation");
    let mut compared = 0;
    for row in rows().into_iter().filter(|row| row.names_a_room() && !answers_it(row)) {
        let hidden = world.ask(Asker::Invited, &row).await;
        let missing = world.ask_of_nothing(Asker::Invited, &row).await;
        assert_eq!(
            (hidden.status, &hidden.text),
            (missing.status, &missing.text),
            "{} {}",
            row.method,
            row.rest()
        );
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}
