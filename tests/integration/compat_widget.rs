//! The embedded chat of origin 0, spoken as its forms and its script speak.

use serde_json::{Value, json};

use crate::support::{Answer, Client, EventStream, TestApp};

/// A form as `new FormData` sends it.
async fn post(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let part = |(name, value): &(&str, &str)| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = fields.iter().map(part).collect::<String>() + "--x--\r\n";
    let request = client.request("POST", path).header("content-type", "multipart/form-data; boundary=x");
    client.ask(request.body(body)).await
}

/// A form as a page without script sends it.
async fn submit(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    client.ask(client.request("POST", path).form(fields)).await
}

async fn id_of(client: &Client) -> i64 {
    client.read("overview", &[]).await.expect(200).json()["me"]["id"].as_i64().unwrap()
}

/// Ana and Bea, and the name of their room.
async fn pair(app: &TestApp) -> (Client, Client, String) {
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let bea_id = id_of(&bea).await.to_string();
    let sala = post(&ana, "/chat/salas", &[("outro_usuario_id", &bea_id)]).await.expect(200).json();
    (ana, bea, sala["sala_id"].as_str().unwrap().to_owned())
}

async fn say(client: &Client, sala: &str, text: &str) -> Value {
    post(client, "/chat/mensagens", &[("sala_id", sala), ("mensagem", text)]).await.expect(200).json()
}

async fn texts(client: &Client, path: &str) -> Vec<String> {
    let answer = client.get(path).await.expect(200).json();
    let messages = answer["mensagens"].as_array().unwrap().clone();
    messages.iter().map(|message| message["mensagem"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_originals_forms_open_and_close_a_session() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let browser = app.anonymous();
    let form = [("email", " Ana@example.org "), ("senha", "a long password"), ("redirect", "/rooms")];
    assert_eq!(submit(&browser, "/login", &form).await.expect(303).location(), "/rooms");
    assert_eq!(id_of(&browser).await, id_of(&browser).await);
    assert_eq!(browser.get("/home").await.expect(303).location(), "/");

    let leave = browser.request("GET", "/logout").header("sec-fetch-site", "same-origin");
    let leave = leave.header("referer", format!("{}/home", app.origin));
    assert_eq!(browser.ask(leave).await.expect(303).location(), "/login");
    browser.read("overview", &[]).await.expect(401);
    let again = browser.request("GET", "/logout");
    assert_eq!(browser.ask(again).await.expect(303).location(), "/login", "out is out");
    let elsewhere =
        [("email", "ana@example.org"), ("senha", "a long password"), ("redirect", "//evil.example")];
    assert_eq!(submit(&browser, "/login", &elsewhere).await.expect(303).location(), "/home");
}

#[tokio::test]
async fn a_refused_form_leads_back_to_the_page_which_says_why_once() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let browser = app.anonymous();
    let form = [("email", "ana@example.org"), ("senha", "wrong"), ("redirect", "/home")];
    let refused = submit(&browser, "/login", &form).await.expect(303);
    assert_eq!(refused.location(), "/login?redirect=%2Fhome");
    let page = browser.get(refused.location()).await.expect(200);
    assert!(page.text.contains("ana@example.org") && !page.text.contains("wrong\""), "what was typed stays");
    assert!(page.text.contains("The username, email or password is wrong."), "{}", page.text);
    let again = browser.get("/login").await.expect(200);
    assert!(!again.text.contains("ana@example.org"), "it is told once");
}

#[tokio::test]
async fn the_registration_form_makes_an_account_with_a_user_name_of_its_own() {
    let app = TestApp::start().await;
    for (email, username) in [("j@example.org", "joao.avila"), ("k@example.org", "joao.avila.")] {
        let browser = app.anonymous();
        let form = [
            ("nome", "João Ávila"),
            ("email", email),
            ("senha", "uma senha"),
            ("confirmar_senha", "uma senha"),
        ];
        assert_eq!(submit(&browser, "/cadastrar", &form).await.expect(303).location(), "/home");
        let me = browser.read("overview", &[]).await.expect(200).json()["me"].clone();
        assert!(me["username"].as_str().unwrap().starts_with(username), "{me}");
        assert_eq!((&me["name"], &me["email"]), (&"João Ávila".into(), &email.into()));
    }
    let browser = app.anonymous();
    assert_eq!(browser.get("/cadastrar").await.expect(303).location(), "/register");
    let form = [
        ("nome", "Eva"),
        ("email", "j@example.org"),
        ("senha", "uma senha"),
        ("confirmar_senha", "uma senha"),
    ];
    assert_eq!(submit(&browser, "/cadastrar", &form).await.expect(303).location(), "/cadastrar");
    let page = browser.get("/register").await.expect(200);
    assert!(page.text.contains("j@example.org") && !page.text.contains("uma senha"));
    browser.read("overview", &[]).await.expect(401);
}

#[tokio::test]
async fn only_a_link_of_our_own_signs_out() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let own = format!("{}/home", app.origin);
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        // A link that somebody posted in a message.
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-origin"), ("referer", own.as_str()), ("sec-purpose", "prefetch")],
        &[("sec-fetch-site", "cross-site"), ("referer", own.as_str())],
        &[("referer", "https://evil.example/logout")],
        &[("referer", "nonsense")],
    ] {
        let request = headers
            .iter()
            .fold(ana.request("GET", "/logout"), |request, (name, value)| request.header(*name, *value));
        ana.ask(request).await.expect(403);
        ana.read("overview", &[]).await.expect(200);
    }
    ana.ask(ana.request("GET", "/logout").header("referer", own)).await.expect(303);
    ana.read("overview", &[]).await.expect(401);
}

#[tokio::test]
async fn a_room_is_named_by_both_ids_and_is_one_for_both() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea, sala) = pair(&app).await;
        let (ana_id, bea_id) = (id_of(&ana).await, id_of(&bea).await);
        assert_eq!(sala, format!("{}_{}", ana_id.min(bea_id), ana_id.max(bea_id)));
        let other =
            post(&bea, "/chat/salas", &[("outro_usuario_id", &ana_id.to_string())]).await.expect(200).json();
        let outro = json!({"id": ana_id, "nome": "ana", "email": "ana"});
        assert_eq!(other, json!({"sala_id": sala, "outro_usuario": outro}));

        let empty = &bea.get("/chat/conversas").await.expect(200).json()["conversas"][0];
        assert_eq!((&empty["ultima_mensagem"], &empty["nao_lidas"]), (&Value::Null, &0.into()));
        say(&ana, &sala, "olá").await;
        let conversas = bea.get("/chat/conversas?limite=20&offset=0").await.expect(200).json();
        let mut conversa = conversas["conversas"][0].clone();
        let at = conversa["ultima_atividade"].take();
        assert!(at.as_str().unwrap().contains(' '), "{at}");
        assert_eq!(
            conversa,
            json!({"sala_id": sala, "ultima_atividade": null, "outro_usuario": outro, "ultima_mensagem": "olá",
                   "nao_lidas": 1})
        );
        assert_eq!(conversas["conversas"].as_array().unwrap().len(), 1, "channels are no conversations");
        assert_eq!(bea.get("/chat/conversas?offset=1").await.json(), json!({"conversas": []}));
    }
}

#[tokio::test]
async fn a_message_is_told_field_by_field_newest_first() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea, sala) = pair(&app).await;
        let sent = say(&ana, &sala, " <b>um</b>\r\n").await;
        let mensagem = sent["mensagem"].clone();
        assert_eq!(sent["sucesso"], true);
        let (id, at) = (mensagem["id"].as_i64().unwrap(), mensagem["data_envio"].as_str().unwrap());
        assert!(at.len() == 32 && at.ends_with("+00:00") && at.as_bytes()[10] == b'T', "{at}");
        let expected = json!({"id": id, "sala_id": sala, "usuario_id": id_of(&ana).await, "mensagem": "<b>um</b>",
                              "data_envio": at, "lida_em": null});
        assert_eq!(mensagem, expected);
        for text in ["dois", "três"] {
            say(&bea, &sala, text).await;
        }
        let list = format!("/chat/mensagens/{sala}");
        assert_eq!(texts(&ana, &format!("{list}?limite=50&offset=0")).await, ["três", "dois", "<b>um</b>"]);
        assert_eq!(texts(&ana, &format!("{list}?limite=1&offset=1")).await, ["dois"]);
        assert_eq!(texts(&ana, &format!("{list}?offset=3")).await, [""; 0]);

        let read = |answer: Value| answer["mensagens"][2]["lida_em"].is_string();
        assert!(!read(ana.get(&list).await.json()));
        post(&bea, &format!("/chat/mensagens/lidas/{sala}"), &[]).await.expect(200);
        assert!(read(ana.get(&list).await.json()), "the writer sees that it was read");
        assert!(read(bea.get(&list).await.json()), "and so does the reader");
    }
}

#[tokio::test]
async fn what_is_read_is_not_counted_from_the_next_request_on() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea, sala) = pair(&app).await;
        ana.say(app.general, "para todos").await.expect(200);
        for text in ["um", "dois"] {
            say(&ana, &sala, text).await;
        }
        let total = "/chat/mensagens/nao-lidas/total";
        assert_eq!(bea.get(total).await.expect(200).json(), json!({"total": 2}), "of conversations alone");
        assert_eq!(ana.get(total).await.json(), json!({"total": 0}));
        let done = bea.ask(bea.request("POST", &format!("/chat/mensagens/lidas/{sala}"))).await.expect(200);
        assert_eq!(done.json(), json!({"sucesso": true}));
        assert_eq!(bea.get(total).await.json(), json!({"total": 0}));
    }
}

#[tokio::test]
async fn the_stream_tells_both_of_every_message_whichever_door_it_came_by() {
    let app = TestApp::start().await;
    let (ana, bea, sala) = pair(&app).await;
    let mut streams = Vec::new();
    for client in [&ana, &bea] {
        streams.push(EventStream::open(client.request("GET", "/chat/stream")).await);
    }
    let mut live = bea.live().await;
    live.until("hello").await;
    ana.say(app.general, "para todos").await.expect(200);
    let sent = say(&ana, &sala, "pela porta antiga").await;
    for stream in &mut streams {
        let told = stream.next().await.unwrap();
        assert_eq!(told, json!({"tipo": "nova_mensagem", "sala_id": sala, "mensagem": sent["mensagem"]}));
    }
    let heard = loop {
        let heard = live.until("message").await;
        if heard["text"] == "pela porta antiga" {
            break heard;
        }
    };
    assert_eq!(heard["id"], sent["mensagem"]["id"]);
    live.say(heard["room"].as_i64().unwrap(), "pela porta nova").await;
    for stream in &mut streams {
        assert_eq!(stream.next().await.unwrap()["mensagem"]["mensagem"], "pela porta nova");
    }
    assert_eq!(
        texts(&ana, &format!("/chat/mensagens/{sala}")).await,
        ["pela porta nova", "pela porta antiga"]
    );
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let app = TestApp::start().await;
    let (ana, bea, sala) = pair(&app).await;
    let mut stream = EventStream::open(bea.request("GET", "/chat/stream")).await;
    bea.ask(bea.request("GET", "/logout").header("sec-fetch-site", "none")).await.expect(303);
    say(&ana, &sala, "segredo").await;
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn people_are_found_by_name_and_nobody_learns_an_address() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("beatriz").await);
    let found = ana.get("/chat/usuarios/buscar?q=beat").await.expect(200).json();
    let id = id_of(&bea).await;
    assert_eq!(found, json!({"usuarios": [{"id": id, "nome": "beatriz", "email": "beatriz"}]}));
    assert_eq!(ana.get("/chat/usuarios/buscar?q=ana").await.json(), json!({"usuarios": []}), "not oneself");
    for path in ["/chat/usuarios/buscar", "/chat/usuarios/buscar?q=b"] {
        let refused = ana.get(path).await.expect(422).json();
        assert_eq!(refused["detail"][0]["loc"], json!(["query", "q"]));
    }
}

#[tokio::test]
async fn a_room_of_others_and_a_missing_one_are_refused_alike() {
    let app = TestApp::start().await;
    let (ana, bea, sala) = pair(&app).await;
    let eva = app.user("eva").await;
    let (eva_id, ana_id) = (id_of(&eva).await, id_of(&ana).await);
    say(&ana, &sala, "segredo").await;
    let reversed = sala.split_once('_').map(|(one, other)| format!("{other}_{one}")).unwrap();
    let missing = [sala.clone(), format!("{ana_id}_{eva_id}"), "1_2".into(), "x".into(), reversed];
    let mut refusals = Vec::new();
    for sala in &missing {
        refusals.push(eva.get(&format!("/chat/mensagens/{sala}")).await);
        refusals.push(post(&eva, &format!("/chat/mensagens/lidas/{sala}"), &[]).await);
        refusals.push(post(&eva, "/chat/mensagens", &[("sala_id", sala), ("mensagem", "x")]).await);
    }
    for refused in refusals {
        assert_eq!(refused.status, 403, "{}", refused.text);
        assert_eq!(refused.json(), json!({"detail": "Você não tem acesso a esta sala."}));
    }
    assert_eq!(texts(&bea, &format!("/chat/mensagens/{sala}")).await, ["segredo"]);
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let app = TestApp::start().await;
    let (ana, _, sala) = pair(&app).await;
    let own = id_of(&ana).await.to_string();
    let long = "é".repeat(5_001);
    let field = |place: &str, name: &str| json!([place, name]);
    for (path, form, status, detail) in [
        ("/chat/salas", vec![], 422, field("body", "outro_usuario_id")),
        ("/chat/salas", vec![("outro_usuario_id", "x")], 422, field("body", "outro_usuario_id")),
        (
            "/chat/salas",
            vec![("outro_usuario_id", "-1")],
            400,
            "Value error, ID do usuário deve ser um número positivo.".into(),
        ),
        ("/chat/salas", vec![("outro_usuario_id", "7")], 404, "Usuário não encontrado.".into()),
        (
            "/chat/salas",
            vec![("outro_usuario_id", &own)],
            400,
            "Não é possível criar sala de chat consigo mesmo.".into(),
        ),
        ("/chat/mensagens", vec![("mensagem", "x")], 422, field("body", "sala_id")),
        ("/chat/mensagens", vec![("sala_id", &sala)], 422, field("body", "mensagem")),
        (
            "/chat/mensagens",
            vec![("sala_id", &sala), ("mensagem", "  ")],
            400,
            "Value error, Mensagem não pode estar vazia.".into(),
        ),
        (
            "/chat/mensagens",
            vec![("sala_id", &sala), ("mensagem", &long)],
            400,
            "Value error, Mensagem muito longa (máximo 5000 caracteres).".into(),
        ),
    ] {
        let refused = post(&ana, path, &form).await;
        let told = refused.json()["detail"].clone();
        let told = if told.is_array() { told[0]["loc"].clone() } else { told };
        assert_eq!((refused.status, told), (status, detail), "{path} {form:.60?}");
    }
    for query in ["limite=0", "limite=101", "limite=x", "offset=-1", "offset=99999999999"] {
        let refused = ana.get(&format!("/chat/mensagens/{sala}?{query}")).await.expect(422).json();
        assert_eq!(refused["detail"][0]["loc"][0], "query", "{query}");
        ana.get(&format!("/chat/conversas?{query}")).await.expect(422);
    }
    ana.ask(ana.request("POST", "/chat/mensagens").json(&json!({"sala_id": sala}))).await.expect(415);
    let huge = "x".repeat(70_000);
    post(&ana, "/chat/mensagens", &[("sala_id", &sala), ("mensagem", &huge)]).await.expect(413);
    submit(&ana, "/login", &[("nome", "x")]).await.expect(422);
}

#[tokio::test]
async fn strangers_are_led_to_the_sign_in_page_by_every_address() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    for path in [
        "/chat/stream",
        "/chat/conversas",
        "/chat/usuarios/buscar?q=an",
        "/chat/mensagens/1_2",
        "/chat/mensagens/nao-lidas/total",
    ] {
        let location = stranger.get(path).await.expect(303).location().to_owned();
        let path = path.split('?').next().unwrap().replace('/', "%2F");
        assert_eq!(location, format!("/login?redirect={path}"));
    }
    for path in ["/chat/salas", "/chat/mensagens", "/chat/mensagens/lidas/1_2"] {
        assert!(post(&stranger, path, &[]).await.expect(303).location().starts_with("/login?"), "{path}");
    }
    let bearer = stranger.request("GET", "/chat/conversas").bearer_auth("forged");
    let refused = stranger.ask(bearer).await.expect(401);
    assert_eq!(refused.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn a_disabled_user_is_as_good_as_a_stranger() {
    let app = TestApp::start().await;
    let (ana, bea, sala) = pair(&app).await;
    let mut stream = EventStream::open(ana.request("GET", "/chat/stream")).await;
    app.papo(&["user", "disable", "ana"]).await;
    assert_eq!(stream.next().await, None);
    assert!(ana.get(&format!("/chat/mensagens/{sala}")).await.expect(303).location().starts_with("/login?"));
    let form = [("email", "ana@example.org"), ("senha", "a long password")];
    assert!(submit(&app.anonymous(), "/login", &form).await.expect(303).location().starts_with("/login?"));
    post(&bea, "/chat/mensagens", &[("sala_id", &sala), ("mensagem", "x")]).await.expect(403);
    assert_eq!(bea.get("/chat/usuarios/buscar?q=ana").await.json(), json!({"usuarios": []}));
}

#[tokio::test]
async fn pages_of_others_post_nothing() {
    let app = TestApp::start().await;
    let (ana, _, sala) = pair(&app).await;
    for path in ["/chat/mensagens", "/chat/salas", "/login", "/cadastrar"] {
        let request =
            ana.request_from("https://evil.example", "POST", path).header("sec-fetch-site", "cross-site");
        let form =
            [("sala_id", sala.as_str()), ("mensagem", "x"), ("email", "ana@example.org"), ("senha", "x")];
        ana.ask(request.form(&form)).await.expect(403);
    }
    ana.ask(ana.request_from("https://evil.example", "GET", "/chat/stream")).await.expect(403);
}

#[tokio::test]
async fn a_protocol_that_is_switched_off_is_not_there() {
    let app = TestApp::start_with(&["--protocols", "none"]).await;
    let stranger = app.anonymous();
    let addresses = papo::server::http::compat_addresses();
    assert!(addresses.len() > 20, "{addresses:?}");
    for (method, path) in addresses {
        let path = path.replace("{sala_id}", "1_2").replace("{id}", "1");
        let status = stranger.ask(stranger.request(method, &path)).await.status;
        assert!(matches!(status, 404 | 405), "{method} {path} answers {status}");
    }
}
