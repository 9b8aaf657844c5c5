//! Browsers that were signed in before: a signed cookie by which one is known again.
//!
//! The cookie opens nothing. A browser that has one for an account counts its wrong passwords by itself, so that nobody
//! else's guesses keep it out. Made at sign-in, kept through signing out, for a few accounts per browser.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use tower_cookies::Cookies;
use tower_sessions::cookie::{Cookie, SameSite};

use crate::model::{Timestamp, UserId};

/// How long a browser is known after its last sign-in, in seconds.
const LIFE: i64 = 365 * 24 * 60 * 60;
/// How many accounts one browser is known for; the one that signed in longest ago goes.
const ACCOUNTS_MAX: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceId(pub [u8; 16]);

/// What signs the cookies; all nodes of a database have the same.
#[derive(Clone)]
pub struct DeviceKey(Hmac<Sha256>);

/// A browser that was signed in to the account of `user`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Device {
    user: UserId,
    id: DeviceId,
    /// In seconds since 1970.
    issued_at: i64,
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceKey")
    }
}

impl DeviceKey {
    pub fn new(secret: &str) -> Self {
        let mut key = [0; 64];
        key[..32].copy_from_slice(&Sha256::digest(secret.as_bytes()));
        Self(Hmac::new(&key.into()))
    }

    /// The browser with these cookies, if it was signed in to the account of `user`.
    pub(super) fn find(
        &self,
        cookies: &Cookies,
        https: bool,
        user: UserId,
        now: Timestamp,
    ) -> Option<DeviceId> {
        let devices = self.read(cookies.get(name(https))?.value(), now);
        devices.iter().find(|device| device.user == user).map(|device| device.id)
    }

    /// Makes the browser known for the account of `user`.
    pub(super) fn remember(&self, cookies: &Cookies, https: bool, user: UserId, now: Timestamp) {
        let known = cookies.get(name(https)).map(|cookie| self.read(cookie.value(), now)).unwrap_or_default();
        let id = known.iter().find(|device| device.user == user).map(|device| device.id);
        let id = id.unwrap_or_else(|| DeviceId(rand::random()));
        let own = Device { user, id, issued_at: now.0 / 1_000_000 };
        let others = known.into_iter().filter(|device| device.user != user).take(ACCOUNTS_MAX - 1);
        let value: Vec<String> =
            std::iter::once(own).chain(others).map(|device| self.write(device)).collect();
        let cookie = Cookie::build((name(https), value.join("~")))
            .path("/")
            .http_only(true)
            .secure(https)
            .same_site(SameSite::Lax)
            .max_age(time::Duration::seconds(LIFE));
        cookies.add(cookie.build());
    }

    fn write(&self, device: Device) -> String {
        let signed = format!("{}.{}.{}", device.user, URL_SAFE_NO_PAD.encode(device.id.0), device.issued_at);
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(self.sign(&signed).finalize().into_bytes()))
    }

    /// The devices of a cookie that we have signed and that are still known.
    fn read(&self, value: &str, now: Timestamp) -> Vec<Device> {
        value.split('~').take(ACCOUNTS_MAX).filter_map(|text| self.read_one(text, now)).collect()
    }

    fn read_one(&self, text: &str, now: Timestamp) -> Option<Device> {
        let (signed, signature) = text.rsplit_once('.')?;
        // In constant time.
        self.sign(signed).verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let mut parts = signed.split('.');
        let user = parts.next()?.parse().ok()?;
        let id = DeviceId(URL_SAFE_NO_PAD.decode(parts.next()?).ok()?.try_into().ok()?);
        let issued_at: i64 = parts.next()?.parse().ok()?;
        (now.0 / 1_000_000 < issued_at + LIFE).then_some(Device { user, id, issued_at })
    }

    fn sign(&self, signed: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(b"device ");
        mac.update(signed.as_bytes());
        mac
    }
}

/// The cookie's name; with https the prefix binds it to this host.
const fn name(https: bool) -> &'static str {
    if https { "__Host-papo_device" } else { "papo_device" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: UserId = UserId(1);
    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn key() -> DeviceKey {
        DeviceKey::new("secret")
    }

    fn browser(value: &str) -> Cookies {
        let cookies = Cookies::default();
        cookies.add(Cookie::new(name(true), value.to_owned()));
        cookies
    }

    fn value(cookies: &Cookies) -> String {
        cookies.get(name(true)).unwrap().value().to_owned()
    }

    #[test]
    fn a_browser_is_known_for_the_account_that_signed_in() {
        let (key, cookies) = (key(), Cookies::default());
        key.remember(&cookies, true, ANA, NOW);
        let line = cookies.get(name(true)).unwrap().to_string();
        for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/", "; Max-Age=31536000"] {
            assert!(line.contains(part), "{line}");
        }
        let device = key.find(&cookies, true, ANA, NOW);
        assert!(device.is_some());
        assert_eq!(key.find(&cookies, true, UserId(2), NOW), None);
        assert_eq!(key.find(&cookies, false, ANA, NOW), None, "another cookie");
        key.remember(&cookies, true, ANA, NOW);
        assert_eq!(key.find(&cookies, true, ANA, NOW), device, "it stays the same one");
        let year = Timestamp(NOW.0 + LIFE * 1_000_000);
        assert_eq!(key.find(&cookies, true, ANA, year), None);
    }

    #[test]
    fn what_we_did_not_sign_is_nobodys() {
        let (key, cookies) = (key(), Cookies::default());
        key.remember(&cookies, true, ANA, NOW);
        let good = value(&cookies);
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let other = DeviceKey::new("another");
        assert!(key.find(&browser(&good), true, ANA, NOW).is_some());
        assert_eq!(other.find(&browser(&good), true, ANA, NOW), None);
        for forged in [
            format!("2{}.{signature}", &signed[1..]),
            format!("{signed}0.{signature}"),
            format!("{signed}."),
            signed.to_owned(),
            String::new(),
            "....".to_owned(),
        ] {
            for user in [ANA, UserId(2)] {
                assert_eq!(key.find(&browser(&forged), true, user, NOW), None, "{forged}");
            }
        }
    }

    #[test]
    fn a_shared_browser_is_known_for_four_accounts() {
        let (key, cookies) = (key(), Cookies::default());
        for user in 1..=5 {
            key.remember(&cookies, true, UserId(user), NOW);
        }
        let known = |user| key.find(&cookies, true, UserId(user), NOW).is_some();
        assert_eq!([1, 2, 3, 4, 5].map(known), [false, true, true, true, true]);
        assert!(value(&cookies).len() < 500);
    }
}
