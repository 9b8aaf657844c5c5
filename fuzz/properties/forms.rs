//! Bodies of forms, as anybody may post them.

use super::{parts, percent_encode, server::Server};

/// Each with its fields.
const FORMS: [(&str, [&str; 4]); 5] = [
    ("/fn/register", ["username", "name", "email", "birth_date"]),
    ("/fn/sign_in", ["login", "password", "redirect", "other"]),
    ("/fn/post_message", ["room", "text", "cid", "to"]),
    ("/fn/create_room", ["name", "topic", "password", "access"]),
    ("/fn/preferences", ["language", "theme", "other", "other"]),
];

/// The first byte chooses the form and who asks; the rest is the body as it is, or what its fields hold.
pub async fn check(server: &Server, data: &[u8]) {
    let Some((choice, data)) = data.split_first() else { return };
    let (path, names) = FORMS[usize::from(*choice) % FORMS.len()];
    let accept = if choice & 0x20 == 0 { "" } else { "Accept: text/html\r\n" };
    let headers = if choice & 0x40 == 0 { accept.to_owned() } else { format!("{accept}{}", server.cookie) };
    let body = if choice & 0x80 == 0 {
        let fields = names.iter().zip(parts::<4>(data));
        let pairs = fields.map(|(name, value)| format!("{name}={}", percent_encode(value)));
        pairs.collect::<Vec<_>>().join("&").into_bytes()
    } else {
        data.to_vec()
    };
    server.post(path, &headers, &body).await;
}
