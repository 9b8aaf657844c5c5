//! The text of a login token: a JWT of one shape, signed by one algorithm with this server's secret.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use serde::{Deserialize, Serialize};

use super::hs256;
use crate::{
    error::AppError,
    model::{Timestamp, UserId},
};

/// Who makes the tokens, and for whom.
const ISSUER: &str = "papo";
const AUDIENCE: &str = "papo-api";
/// How far clocks of nodes may differ, in seconds.
const LEEWAY: u64 = 10;

/// What signs and verifies; all nodes of a database have the same.
pub struct LoginKeys {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl std::fmt::Debug for LoginKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoginKeys")
    }
}

/// Everything that a token says; times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    /// The user's id.
    sub: String,
    /// The session's id.
    pub(super) sid: String,
    iat: u64,
    exp: u64,
}

/// What a text that claims to be a login token is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Good(Claims),
    /// It was good once.
    Expired,
    /// We have not made it.
    Foreign,
}

impl LoginKeys {
    pub fn new(secret: &str) -> Self {
        hs256::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        Self {
            signing: EncodingKey::from_secret(secret.as_bytes()),
            verifying: DecodingKey::from_secret(secret.as_bytes()),
            validation,
        }
    }

    /// The token of a session.
    ///
    /// # Errors
    /// `Internal`, which would be a mistake of ours.
    pub(super) fn sign(
        &self,
        user: UserId,
        session: &str,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, AppError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_string(),
            sid: session.to_owned(),
            iat: seconds(at),
            exp: seconds(expires_at),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            AppError::Internal { request_id: String::new() }
        })
    }

    pub(super) fn read(&self, token: &str) -> Reading {
        match decode::<Claims>(token, &self.verifying, &self.validation) {
            // A header of ours names no key and nothing else.
            Ok(read) if read.header == Header::new(Algorithm::HS256) => Reading::Good(read.claims),
            Ok(_) => Reading::Foreign,
            Err(error) => match error.kind() {
                ErrorKind::ExpiredSignature => Reading::Expired,
                _ => Reading::Foreign,
            },
        }
    }
}

impl Claims {
    pub(super) fn user(&self) -> Option<UserId> {
        self.sub.parse().ok()
    }
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.0 / 1_000_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;
    use crate::server::clock;

    const SECRET: &str = "0123456789abcdef";

    /// Signs whatever header and claims with `secret`, as HS256 does.
    fn forge(header: &Value, claims: &Value, secret: &str) -> String {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn header() -> Value {
        json!({ "typ": "JWT", "alg": "HS256" })
    }

    fn claims() -> Value {
        let now = seconds(clock::now());
        json!({ "iss": "papo", "aud": "papo-api", "sub": "7", "sid": "s", "iat": now, "exp": now + 60 })
    }

    fn with(mut value: Value, key: &str, to: Value) -> Value {
        value[key] = to;
        value
    }

    #[test]
    fn a_token_comes_back_as_what_it_was() {
        let keys = LoginKeys::new(SECRET);
        let now = clock::now();
        let token = keys.sign(UserId(7), "s", now, Timestamp(now.0 + 60_000_000)).unwrap();
        let Reading::Good(read) = keys.read(&token) else { panic!("{token}") };
        assert_eq!((read.user(), read.sid.as_str()), (Some(UserId(7)), "s"));
        assert!(matches!(keys.read(&forge(&header(), &claims(), SECRET)), Reading::Good(_)));
    }

    #[test]
    fn what_we_did_not_sign_is_foreign() {
        let keys = LoginKeys::new(SECRET);
        let unsigned = forge(&json!({ "typ": "JWT", "alg": "none" }), &claims(), SECRET);
        let unsigned = unsigned.rsplit_once('.').unwrap().0;
        for token in ["", ".", "..", "a.b.c", "papo", &format!("{unsigned}."), unsigned] {
            assert_eq!(keys.read(token), Reading::Foreign, "{token:?}");
        }
        assert_eq!(keys.read(&forge(&header(), &claims(), "another secret")), Reading::Foreign);
        let good = forge(&header(), &claims(), SECRET);
        let (message, signature) = good.rsplit_once('.').unwrap();
        let tampered = format!("{}A.{signature}", &message[..message.len() - 1]);
        assert_eq!(keys.read(&tampered), Reading::Foreign);
    }

    #[test]
    fn no_other_header_is_ours() {
        let keys = LoginKeys::new(SECRET);
        let key = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode("mine") });
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("None")),
            ("alg", json!("HS512")),
            ("alg", json!("RS256")),
            ("alg", json!(["HS256"])),
            ("typ", json!("at+jwt")),
            ("typ", Value::Null),
            ("kid", json!("../../dev/null")),
            ("jku", json!("https://example.org/keys")),
            ("jwk", key),
            ("crit", json!(["exp"])),
            ("b64", json!(false)),
        ] {
            let token = forge(&with(header(), name, value.clone()), &claims(), SECRET);
            assert_eq!(keys.read(&token), Reading::Foreign, "{name} {value}");
        }
    }

    #[test]
    fn every_claim_is_needed_and_checked() {
        let keys = LoginKeys::new(SECRET);
        for name in ["iss", "aud", "sub", "sid", "iat", "exp"] {
            let mut fewer = claims();
            fewer.as_object_mut().unwrap().remove(name);
            assert_eq!(keys.read(&forge(&header(), &fewer, SECRET)), Reading::Foreign, "{name}");
        }
        let now = seconds(clock::now());
        for (name, value) in [
            ("exp", json!((now + 60).to_string())),
            ("exp", json!(1e300)),
            ("exp", json!(-1)),
            ("iss", json!("other")),
            ("aud", json!("other")),
            ("aud", json!(["papo-api", "other"])),
            ("nbf", json!(now + 3_600)),
            ("admin", json!(true)),
        ] {
            let token = forge(&header(), &with(claims(), name, value.clone()), SECRET);
            assert_eq!(keys.read(&token), Reading::Foreign, "{name} {value}");
        }
    }

    #[test]
    fn a_token_ends_within_ten_seconds_of_its_time() {
        let keys = LoginKeys::new(SECRET);
        let ended =
            |ago: u64| forge(&header(), &with(claims(), "exp", json!(seconds(clock::now()) - ago)), SECRET);
        assert!(matches!(keys.read(&ended(5)), Reading::Good(_)));
        assert_eq!(keys.read(&ended(12)), Reading::Expired);
    }
}
