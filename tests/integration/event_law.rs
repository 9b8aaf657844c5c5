//! Old state + events = fresh fetch, after every kind of action.

use papo::model::{
    LiveEvent, LiveState, Timeline,
    page::{OpenRoom, Overview, RoomPage},
};

use crate::support::{Client, LiveClient, TestApp, message};

/// A tab that learns from events only.
struct Tab {
    state: LiveState,
    live: LiveClient,
}

async fn overview(client: &Client) -> Overview {
    serde_json::from_str(&client.read("overview", &[]).await.expect(200).text).unwrap()
}

async fn open(client: &Client) -> OpenRoom {
    let page = client.read("room", &[("address", "general")]).await.expect(200);
    match serde_json::from_str(&page.text).unwrap() {
        RoomPage::Open(open) => *open,
        other => panic!("{other:?}"),
    }
}

impl Tab {
    async fn open(client: &Client) -> Self {
        let mut live = client.live().await;
        live.until("hello").await;
        let mut state = LiveState::new(overview(client).await);
        state.open(&open(client).await);
        Self { state, live }
    }

    /// Applies everything told so far and compares with what a new tab would see.
    async fn must_equal_a_fresh_one(&mut self, client: &Client, after: &str) {
        for event in self.live.so_far().await {
            self.state.apply(serde_json::from_value::<LiveEvent>(event).unwrap());
        }
        let (mut fresh, page) = (LiveState::new(overview(client).await), open(client).await);
        fresh.open(&page);
        assert_eq!(self.state.rooms, fresh.rooms, "rooms after {after}");
        // A page tells of those who stand in it; events tell of everybody.
        for member in &page.members {
            let is_online = |state: &LiveState| state.online.get(&member.user).is_some();
            assert_eq!(is_online(&self.state), is_online(&fresh), "{} after {after}", member.user);
        }
        for user in fresh.people.iter() {
            assert_eq!(self.state.people.get(user.id), Some(user), "people after {after}");
        }
        assert_eq!(self.state.timeline, Some(Timeline::new(&page)), "timeline after {after}");
    }
}

#[tokio::test]
async fn every_action_leaves_tabs_as_a_fresh_fetch_would() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("ana").await;
        let mut tab = Tab::open(&ana).await;
        tab.must_equal_a_fresh_one(&ana, "opening").await;

        let bea = app.user("bea").await;
        tab.must_equal_a_fresh_one(&ana, "a new member").await;
        bea.say(app.general, "one\n two https://papo.example").await.expect(200);
        tab.must_equal_a_fresh_one(&ana, "a message").await;
        ana.say(app.general, "mine").await.expect(200);
        tab.must_equal_a_fresh_one(&ana, "a message of mine").await;

        let head = tab.state.timeline.as_ref().unwrap().cursor;
        let read = serde_json::json!({"type": "read", "room": app.general, "seq": head});
        tab.live.tell(read).await;
        let receipt = tab.live.until("receipt").await;
        tab.state.apply(serde_json::from_value::<LiveEvent>(receipt).unwrap());
        tab.must_equal_a_fresh_one(&ana, "reading").await;

        app.papo(&["user", "role", "ana", "administrator"]).await;
        for (who, role) in [("bea", "moderator"), ("ana", "owner"), ("bea", "member")] {
            let place = format!("/api/rooms/general/members/{who}");
            ana.rest("PATCH", &place, serde_json::json!({ "role": role })).await.expect(200);
            tab.must_equal_a_fresh_one(&ana, &format!("{who} as {role}")).await;
        }

        bea.rest("PATCH", "/api/me", serde_json::json!({"name": "Beatriz"})).await.expect(200);
        let renamed = tab.live.until("user").await;
        tab.state.apply(serde_json::from_value::<LiveEvent>(renamed).unwrap());
        tab.must_equal_a_fresh_one(&ana, "another name").await;

        let general = [("room", app.general.to_string())];
        bea.post("leave_room", &general).await.expect(200);
        tab.must_equal_a_fresh_one(&ana, "leaving").await;
        bea.post("join_room", &general).await.expect(200);
        tab.must_equal_a_fresh_one(&ana, "coming back").await;

        let mut form = message(0, "to you alone");
        form[1] = ("to", "ana".to_owned());
        bea.post("post_message", &form).await.expect(200);
        let events = tab.live.so_far().await;
        let needs: Vec<_> = events
            .into_iter()
            .filter_map(|event| tab.state.apply(serde_json::from_value::<LiveEvent>(event).unwrap()))
            .collect();
        assert!(!needs.is_empty(), "an unknown room makes the tab ask");
        let epoch = tab.state.epoch.clone();
        for event in tab.live.sync(&epoch, serde_json::json!({})).await {
            tab.state.apply(serde_json::from_value::<LiveEvent>(event).unwrap());
        }
        tab.must_equal_a_fresh_one(&ana, "a direct message").await;
    }
}
