//! Sessions that end elsewhere: their connections end too.

use crate::support::TestApp;

#[tokio::test]
async fn a_disabled_users_connections_are_closed_by_every_server() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        let (mut one, mut other, mut spared) = (ana.live().await, ana.live().await, bea.live().await);
        one.until("hello").await;
        other.until("hello").await;
        app.papo(&["user", "disable", "ana"]).await;
        assert_eq!((one.closed().await, other.closed().await), (4001, 4001));
        ana.read("overview", &[]).await.expect(401);
        spared.say(app.general, "still here").await;
        spared.until("delivery").await;
    }
}

#[tokio::test]
async fn signing_out_closes_that_session_and_no_other() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let again = app.anonymous();
    let form = [("login", "ana".to_owned()), ("password", "a long password".to_owned())];
    again.post("sign_in", &form).await.expect(200);
    let (mut ended, mut spared) = (ana.live().await, again.live().await);
    ended.until("hello").await;
    ana.post("sign_out", &[]).await.expect(200);
    assert_eq!(ended.closed().await, 4001);
    spared.say(app.general, "still here").await;
    spared.until("delivery").await;
}
