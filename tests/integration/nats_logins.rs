//! Every way in which a nats-server can ask who a node is, each against a server that asks so.

use std::{path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use nkeys::KeyPair;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::support::{Nats, Process, TestApp, new_database};

/// What becomes true becomes so within this.
const PATIENCE: Duration = Duration::from_secs(30);

/// A node at `url` of the server: whether it gets in is told by `/ready`.
async fn node(url: &str, more: &[&str]) -> TestApp {
    let database = new_database().await;
    let options = [&["--database-url", &*database, "--nats-url", url][..], more].concat();
    TestApp::start_with(&options).await
}

async fn gets_in(nats: &Nats, url: &str, more: &[&str]) {
    let app = node(url, more).await;
    let ready = async {
        loop {
            let ready = app.anonymous().get("/ready").await.expect(200).json();
            if ready["bus"] == "up" {
                return ready;
            }
        }
    };
    let ready = timeout(PATIENCE, ready).await.unwrap_or_else(|_| panic!("{url}: {}", nats.log()));
    assert_eq!((&ready["ready"], &ready["degraded"]), (&json!(true), &json!([])));
}

fn at(nats: &Nats, scheme: &str, login: &str) -> String {
    format!("{scheme}://{login}127.0.0.1:{}", nats.port())
}

fn folder() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    (folder, path)
}

#[tokio::test]
async fn a_user_with_a_password() {
    let configuration = r#"authorization { user: papo, password: "s@cret/+" }"#;
    let nats = Nats::start_with(configuration, folder().0);
    gets_in(&nats, &at(&nats, "nats", "papo:s%40cret%2F+@"), &[]).await;
}

#[tokio::test]
async fn a_token() {
    let nats = Nats::start_with(r#"authorization { token: "t0ken" }"#, folder().0);
    gets_in(&nats, &at(&nats, "nats", "t0ken@"), &[]).await;
}

#[tokio::test]
async fn the_seed_of_an_nkey() {
    let (folder, path) = folder();
    let user = KeyPair::new_user();
    std::fs::write(format!("{path}/papo.nk"), format!("{}\n", user.seed().unwrap())).unwrap();
    let configuration = format!("authorization {{ users: [ {{ nkey: {} }} ] }}", user.public_key());
    let nats = Nats::start_with(&configuration, folder);
    gets_in(&nats, &nats.url(), &["--nats-credentials", &format!("{path}/papo.nk")]).await;
}

#[tokio::test]
async fn a_file_of_credentials() {
    let (folder, path) = folder();
    let (operator, account, user) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_user());
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1
    });
    let operator_jwt = jwt(&operator, &operator, json!({ "type": "operator", "version": 2 }));
    let account_claims = json!({ "type": "account", "version": 2, "limits": limits });
    let account_jwt = jwt(&operator, &account, account_claims);
    let user_claims = json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 });
    let user_jwt = jwt(&account, &user, user_claims);
    let credentials = format!(
        "-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        user.seed().unwrap()
    );
    std::fs::write(format!("{path}/papo.creds"), credentials).unwrap();
    let configuration = format!(
        "operator: {operator_jwt}\nresolver: MEMORY\nresolver_preload: {{ {}: {account_jwt} }}\n",
        account.public_key()
    );
    let nats = Nats::start_with(&configuration, folder);
    gets_in(&nats, &nats.url(), &["--nats-credentials", &format!("{path}/papo.creds")]).await;
}

#[tokio::test]
async fn tls_with_a_certificate_authority_of_its_own() {
    let (folder, path) = folder();
    let authority = Authority::new(folder.path());
    authority.issue(folder.path(), "server");
    let configuration = format!("tls {{ cert_file: '{path}/server.pem', key_file: '{path}/server.key' }}");
    let nats = Nats::start_with(&configuration, folder);
    gets_in(&nats, &at(&nats, "tls", ""), &["--nats-ca", &format!("{path}/ca.pem")]).await;

    // Whom nobody vouches for is not believed, and the log says so once.
    let database = new_database().await;
    let url = at(&nats, "tls", "");
    let node = Process::start(&["--database-url", &database, "--nats-url", &url]).await;
    is_told_once(&node, &["NATS", "PAPO_NATS_CA"]).await;
}

#[tokio::test]
async fn a_certificate_of_the_nodes_own() {
    let (folder, path) = folder();
    let authority = Authority::new(folder.path());
    authority.issue(folder.path(), "server");
    authority.issue(folder.path(), "node");
    let configuration = format!(
        "tls {{ cert_file: '{path}/server.pem', key_file: '{path}/server.key', ca_file: '{path}/ca.pem', verify: true }}"
    );
    let nats = Nats::start_with(&configuration, folder);
    let file = |name: &str| format!("{path}/{name}");
    let (ca, certificate, key) = (file("ca.pem"), file("node.pem"), file("node.key"));
    let settings = ["--nats-ca", &ca, "--nats-certificate", &certificate, "--nats-key", &key];
    gets_in(&nats, &at(&nats, "tls", ""), &settings).await;
}

#[tokio::test]
async fn a_wrong_password_is_told_once_with_what_to_do() {
    let configuration = r#"authorization { user: papo, password: "secret" }"#;
    let nats = Nats::start_with(configuration, folder().0);
    let database = new_database().await;
    let url = at(&nats, "nats", "papo:wrong@");
    let node = Process::start(&["--database-url", &database, "--nats-url", &url]).await;
    is_told_once(&node, &["authorization violation", "PAPO_NATS_URL"]).await;
    let tried_again = async {
        while nats.log().matches("authentication error").count() < 5 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, tried_again).await.unwrap();
    assert_eq!(node.warnings().len(), 1, "{}", node.log());
    assert!(!node.log().contains("wrong"), "{}", node.log());

    let client = crate::support::Client::new(&node.origin);
    let ready = client.get("/ready").await.expect(200).json();
    assert_eq!((&ready["bus"], &ready["degraded"]), (&json!("away"), &json!(["bus"])));
}

/// Waits for the one warning, which holds all of `words`.
async fn is_told_once(node: &Process, words: &[&str]) {
    let told = async {
        while node.warnings().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(PATIENCE, told).await.is_ok(), "{}", node.log());
    let warnings = node.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(words.iter().all(|word| warnings[0].contains(word)), "{warnings:#?}");
}

/// What `issuer` says of `subject`, signed.
fn jwt(issuer: &KeyPair, subject: &KeyPair, claims: Value) -> String {
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = encode(json!({ "typ": "JWT", "alg": "ed25519-nkey" }));
    let body = encode(json!({
        "jti": subject.public_key(), "iat": 1_700_000_000, "iss": issuer.public_key(), "sub": subject.public_key(),
        "name": "papo", "nats": claims,
    }));
    let signed = format!("{head}.{body}");
    let signature = URL_SAFE_NO_PAD.encode(issuer.sign(signed.as_bytes()).unwrap());
    format!("{signed}.{signature}")
}

struct Authority(rcgen::Issuer<'static, rcgen::KeyPair>);

impl Authority {
    /// Writes `ca.pem`.
    fn new(folder: &Path) -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "authority of a test");
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(folder.join("ca.pem"), certificate.pem()).unwrap();
        Self(rcgen::Issuer::new(params, key))
    }

    /// Writes a certificate for this machine and its key.
    fn issue(&self, folder: &Path, name: &str) {
        let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.extended_key_usages =
            vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth, rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        std::fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
}
