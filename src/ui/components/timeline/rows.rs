//! The rows of a timeline: what of the messages stands together, and what separates it.

use std::sync::Arc;

use crate::model::{
    Message, MessageKind, Seq, Timestamp, UserId,
    marks::{Reach, Reached},
    time::LocalTime,
    window::FOLD_FROM,
};

/// Messages of one person within so many microseconds stand under one name.
const GROUP_SPAN: i64 = 5 * 60 * 1_000_000;

/// One row, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A new day begins, with this moment.
    Day(LocalDay),
    /// From here on everything is new to the reader.
    New,
    Message {
        /// Without picture and name: it continues the one before.
        continues: bool,
        look: Look,
    },
    /// A system line, or many in a row.
    Notices(Vec<Arc<Message>>),
}

/// What of a message's row may change while it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub message: Arc<Message>,
    /// What became of one of the reader's own; told of the last one, and where it changes.
    pub reach: Option<Reach>,
}

/// A day of the reader's calendar, and a moment in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalDay {
    pub number: i64,
    pub at: Timestamp,
}

/// Tells a row from all others; it keeps its elements as long as it keeps its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    Day(i64),
    New,
    Message { seq: Seq, continues: bool },
    Notices { first: Seq, count: usize },
}

impl Row {
    pub fn key(&self) -> RowKey {
        match self {
            Self::Day(day) => RowKey::Day(day.number),
            Self::New => RowKey::New,
            Self::Message { continues, look } => {
                RowKey::Message { seq: look.message.seq, continues: *continues }
            }
            Self::Notices(lines) => RowKey::Notices {
                first: lines.first().map(|line| line.seq).unwrap_or_default(),
                count: lines.len(),
            },
        }
    }

    pub fn is_folded(lines: &[Arc<Message>]) -> bool {
        lines.len() >= FOLD_FROM
    }
}

/// Arranges `messages`, oldest first. `local` tells the reader's clock; everything of others after
/// `read_seq` is new, if it is given; `reached` tells how far the others have come.
pub fn rows(
    messages: &[Arc<Message>],
    me: UserId,
    read_seq: Option<Seq>,
    reached: &Reached,
    local: impl Fn(Timestamp) -> LocalTime,
) -> Vec<Row> {
    let mut rows = Vec::with_capacity(messages.len() + 4);
    let mut unread_from = read_seq;
    let mut day = None;
    for message in messages {
        let number = local(message.at).day_number;
        if day != Some(number) {
            day = Some(number);
            rows.push(Row::Day(LocalDay { number, at: message.at }));
        }
        if unread_from.is_some_and(|read| is_new(message, read, me)) {
            unread_from = None;
            rows.push(Row::New);
        }
        push_message(&mut rows, message);
    }
    mark_own(&mut rows, me, reached);
    rows
}

/// Notes what became of the reader's own messages, on the last one and where it is another thing than of the next.
fn mark_own(rows: &mut [Row], me: UserId, reached: &Reached) {
    let mut next = None;
    for row in rows.iter_mut().rev() {
        if let Row::Message { look, .. } = row
            && look.message.from == me
        {
            let reach = Some(reached.of(look.message.seq));
            if reach != next {
                look.reach = reach;
            }
            next = reach;
        }
    }
}

fn is_new(message: &Message, read: Seq, me: UserId) -> bool {
    message.kind == MessageKind::Text && message.seq > read && message.from != me
}

fn push_message(rows: &mut Vec<Row>, message: &Arc<Message>) {
    let message = Arc::clone(message);
    match (message.kind, rows.last_mut()) {
        (MessageKind::System, Some(Row::Notices(lines))) => lines.push(message),
        (MessageKind::System, _) => rows.push(Row::Notices(vec![message])),
        (MessageKind::Text, last) => {
            let continues =
                matches!(last, Some(Row::Message { look, .. }) if follows(&look.message, &message));
            rows.push(Row::Message { continues, look: Look { message, reach: None } });
        }
    }
}

fn follows(before: &Message, message: &Message) -> bool {
    continues(before, message.from, message.at)
}

/// Whether what `author` writes at `at` stands under the name of the message `before`.
pub fn continues(before: &Message, author: UserId, at: Timestamp) -> bool {
    before.kind == MessageKind::Text && before.from == author && is_soon(before.at, at)
}

/// Whether what is written at `at` still belongs to what was written at `before`.
pub fn is_soon(before: Timestamp, at: Timestamp) -> bool {
    at.micros_since(before) <= GROUP_SPAN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Mark, MessageId, Notice, RoomId, marks::Marks};

    const MINUTE: i64 = 60_000_000;
    const ME: UserId = UserId(9);

    fn message(seq: i64, user: i64, minute: i64) -> Arc<Message> {
        Arc::new(Message {
            room: RoomId(1),
            seq: Seq(seq),
            id: MessageId(seq),
            cid: None,
            kind: MessageKind::Text,
            notice: None,
            from: UserId(user),
            by: None,
            text: "text".into(),
            html: "text".into(),
            at: Timestamp(minute * MINUTE),
            changed_seq: Seq(seq),
        })
    }

    fn notice(seq: i64, minute: i64) -> Arc<Message> {
        let mut line = Arc::unwrap_or_clone(message(seq, 1, minute));
        line.kind = MessageKind::System;
        line.notice = Some(Notice::Joined);
        Arc::new(line)
    }

    /// `d` a day, `n` the new line, `M` a message with its name, `m` one without, digits folded lines.
    fn sketch(messages: &[Arc<Message>], read: Option<i64>) -> String {
        let rows = rows(messages, ME, read.map(Seq), &Reached::default(), |at| at.local(0));
        let sign = |row: &Row| match row {
            Row::Day(_) => "d".to_owned(),
            Row::New => "n".to_owned(),
            Row::Message { continues: false, .. } => "M".to_owned(),
            Row::Message { continues: true, .. } => "m".to_owned(),
            Row::Notices(lines) => lines.len().to_string(),
        };
        rows.iter().map(sign).collect()
    }

    #[test]
    fn messages_of_one_person_within_five_minutes_stand_together() {
        let all =
            [message(1, 1, 0), message(2, 1, 5), message(3, 1, 11), message(4, 2, 12), message(5, 2, 12)];
        assert_eq!(sketch(&all, None), "dMmMMm");
    }

    #[test]
    fn a_new_day_begins_a_new_group() {
        let all = [message(1, 1, 24 * 60 - 1), message(2, 1, 24 * 60)];
        assert_eq!(sketch(&all, None), "dMdM");
    }

    #[test]
    fn the_new_line_stands_once_before_the_first_unread_text_of_others() {
        let all = [message(1, 1, 0), message(2, 9, 1), notice(3, 1), message(4, 1, 2), message(5, 1, 2)];
        assert_eq!(sketch(&all, Some(1)), "dMM1nMm");
        assert_eq!(sketch(&all, Some(5)), "dMM1Mm");
        assert_eq!(sketch(&all, None), "dMM1Mm");
    }

    #[test]
    fn system_lines_in_a_row_are_one_row() {
        let all = [notice(1, 0), notice(2, 0), notice(3, 0), notice(4, 0), message(5, 1, 0), notice(6, 1)];
        assert_eq!(sketch(&all, None), "d4M1");
        let Row::Notices(lines) = &rows(&all, ME, None, &Reached::default(), |at| at.local(0))[1] else {
            panic!("no notices")
        };
        assert!(Row::is_folded(lines));
    }

    #[test]
    fn a_row_keeps_its_key_when_its_message_changes() {
        let [first, second] = [message(1, 1, 0), message(2, 1, 1)];
        let keys = |messages: &[Arc<Message>]| {
            let rows = rows(messages, ME, None, &Reached::default(), |at| at.local(0));
            rows.iter().map(Row::key).collect::<Vec<_>>()
        };
        let changed = Arc::new(Message { html: "other".into(), changed_seq: Seq(9), ..(*first).clone() });
        assert_eq!(keys(&[changed, second.clone()]), keys(&[first.clone(), second.clone()]));
        assert_ne!(keys(&[first, second.clone()])[2], keys(&[second])[1], "it gets a name");
    }

    #[test]
    fn what_became_of_own_messages_is_told_once() {
        let mut marks = Marks::default();
        marks.raise(Mark { user: UserId(1), delivered_seq: Seq(3), read_seq: Seq(2) });
        let all = [message(1, 9, 0), message(2, 9, 1), message(3, 9, 2), message(4, 9, 3), message(5, 1, 3)];
        let rows = rows(&all, ME, None, &marks.reached(ME), |at| at.local(0));
        let reach = |row: &Row| if let Row::Message { look, .. } = row { look.reach } else { None };
        let told: Vec<_> = rows.iter().map(reach).collect();
        let expected = [None, None, Some(Reach::Read(1)), Some(Reach::Delivered), Some(Reach::Stored), None];
        assert_eq!(told, expected);
    }
}
