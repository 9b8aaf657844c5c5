//! The protocols of older chats, each of which can be switched off.

/// A protocol that clients of an older chat speak; `server::http::compat` has a file for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The embedded chat with forms and server-sent events (origin 0).
    Widget,
    /// Rooms over Socket.IO (origins 1 and 3).
    SocketIo,
    /// Conversations in the manner of Django REST Framework (origin 2).
    Conversations,
    /// JWT and one WebSocket for everybody (origin 4).
    Webchat,
}

/// Those that are switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocols(Vec<Protocol>);

impl Protocols {
    pub fn has(&self, protocol: Protocol) -> bool {
        self.0.contains(&protocol)
    }
}

const NAMES: [(&str, Protocol); 4] = [
    ("widget", Protocol::Widget),
    ("socketio", Protocol::SocketIo),
    ("conversations", Protocol::Conversations),
    ("webchat", Protocol::Webchat),
];

pub(super) fn parse(text: &str) -> Result<Protocols, String> {
    let named = |name: &str| NAMES.iter().find(|(known, _)| *known == name.trim());
    match text {
        "all" => Ok(Protocols(NAMES.map(|(_, protocol)| protocol).into())),
        "none" => Ok(Protocols(Vec::new())),
        names => names
            .split(',')
            .map(|name| named(name).map(|(_, protocol)| *protocol))
            .collect::<Option<_>>()
            .map(Protocols)
            .ok_or_else(|| {
                "give all, none, or some of widget, socketio, conversations, webchat with commas between"
                    .to_owned()
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_named_one_by_one_or_all_together() {
        assert!(NAMES.iter().all(|(_, protocol)| parse("all").unwrap().has(*protocol)));
        assert_eq!(parse("none").unwrap().0, []);
        let two = parse("widget, webchat").unwrap();
        assert!(two.has(Protocol::Widget) && two.has(Protocol::Webchat) && !two.has(Protocol::SocketIo));
        for bad in ["", "irc", "widget,", "all,widget"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
