//! Names that are HTML, on every page that shows them.

use anyhow::Result;
use serde_json::json;

use crate::{
    hostile::target::Target,
    stage::{Http, Person, register},
};

/// What no page may have in it as it is written here; each ends what it may stand in and begins a tag.
const CORPUS: [&str; 6] = [
    "</title><meta http-equiv=refresh content='0;url=//evil'>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg onload=alert(1)>",
    "--><iframe srcdoc=x></iframe>",
    "</textarea></style><base href=//evil>",
];

pub(super) async fn stored_html(target: &mut Target) -> Result<()> {
    for (number, evil) in CORPUS.into_iter().enumerate() {
        let client = target.any_address();
        let mut http = target.http(client).await?;
        let username = format!("evil{number}");
        // Another rule may refuse such a name: then nobody sees it.
        let Ok(attacker) = register(&mut http, &username, evil).await else { continue };
        let victim = target.people.victim.clone();
        write_to(&mut http, &attacker, &victim, evil).await?;
        let room = make_room(&mut http, &attacker, evil).await?;
        let pages = ["/".to_owned(), "/rooms".to_owned(), format!("/dm/{username}")];
        for page in pages.into_iter().chain(room) {
            let cookie = format!("Cookie: {}\r\n", victim.cookie);
            let html = http.get(&page, &cookie).await?.text();
            target.expect(!html.contains(evil), || format!("{page} contains {evil:?} as it was written"));
            let titles = html.matches("</title>").count();
            target.expect(titles == 1, || format!("{page} has {titles} ends of a title, by {evil:?}"));
        }
    }
    Ok(())
}

async fn write_to(http: &mut Http, attacker: &Person, victim: &Person, text: &str) -> Result<()> {
    let direct = format!("/api/direct/{}", victim.username);
    let direct = http.send_json("PUT", &direct, &attacker.cookie, &json!({})).await?.expect(200)?.json()?;
    let messages = format!("/api/rooms/{}/messages", direct["id"]);
    http.send_json("POST", &messages, &attacker.cookie, &json!({"text": text})).await?.expect(201)?;
    Ok(())
}

/// The page of a channel with this name, if the server makes one.
async fn make_room(http: &mut Http, attacker: &Person, name: &str) -> Result<Option<String>> {
    let made = http.post("/fn/create_room", &attacker.cookie, &[("name", name), ("topic", name)]).await?;
    Ok(made.header("location").filter(|_| made.status == 200).map(str::to_owned))
}
