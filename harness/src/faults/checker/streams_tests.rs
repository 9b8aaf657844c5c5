//! Streams that are whole, and streams that are not.

use std::sync::Arc;

use super::*;
use crate::faults::checker::story::{ROOM, Story, member};

fn laws(story: Story) -> Vec<Law> {
    streams_are_whole(&story.end()).into_iter().map(|violation| violation.law).collect()
}

fn three() -> Story {
    let mut story = Story::of(2);
    story.send(0, "c1", "a").send(0, "c2", "b").send(0, "c3", "c");
    story
}

fn reconnect(story: &mut Story, cursor: i64, head: i64) {
    story.note(1, What::Closed { conn: 1, code: None, why: "cut".into() });
    story.note(1, What::Connected { conn: 2, epoch: "e".into() });
    story.note(1, What::Asked { conn: 2, cursors: BTreeMap::from([(ROOM, cursor)]) });
    story.note(1, What::Rooms { conn: 2, heads: BTreeMap::from([(ROOM, head)]) });
}

fn synced(story: &Story, head: i64, seqs: &[i64]) -> What {
    let messages = seqs.iter().map(|seq| Arc::new(story.row(*seq))).collect();
    What::Synced { conn: 2, room: ROOM, head, messages, members: Vec::new() }
}

#[test]
fn a_whole_stream_is_no_violation() {
    let mut story = three();
    story.tell_all(1).tell_all(2).tell_all(3);
    assert_eq!(laws(story), []);
}

#[test]
fn a_dropped_event_is_caught() {
    let mut story = three();
    story.tell_all(1).tell_all(3);
    assert_eq!(laws(story), [Law::StreamHasNoHole; 2]);
}

#[test]
fn a_repeated_event_is_caught() {
    let mut story = three();
    story.tell_all(1).tell_all(2).tell_all(1);
    assert_eq!(laws(story), [Law::StreamNeverStepsBack; 2]);
}

#[test]
fn a_resume_fills_the_gap_also_when_live_events_overtake_it() {
    let mut story = three();
    story.tell_all(1);
    reconnect(&mut story, 1, 2);
    let third = story.row(3);
    story.tell(1, third);
    let answer = synced(&story, 2, &[2]);
    story.note(1, answer).note(1, What::Ready { conn: 2 });
    assert_eq!(laws(story), []);
}

#[test]
fn a_resume_that_leaves_a_gap_is_caught() {
    let mut story = three();
    story.tell_all(1);
    reconnect(&mut story, 1, 1);
    let third = story.row(3);
    story.tell(1, third).note(1, What::Ready { conn: 2 });
    assert_eq!(laws(story), [Law::StreamHasNoHole]);
}

#[test]
fn a_resume_that_leaves_out_a_row_is_caught() {
    let mut story = three();
    story.tell_all(1);
    reconnect(&mut story, 1, 3);
    let answer = synced(&story, 3, &[3]);
    story.note(1, answer).note(1, What::Ready { conn: 2 });
    assert_eq!(laws(story), [Law::StreamHasNoHole]);
}

#[test]
fn a_resume_without_an_answer_is_caught() {
    let mut story = three();
    story.tell_all(1);
    reconnect(&mut story, 1, 3);
    story.note(1, What::Ready { conn: 2 });
    assert_eq!(laws(story), [Law::StreamHasNoHole]);
}

#[test]
fn a_user_may_have_entered_again_while_away() {
    let mut story = Story::of(2);
    story.note(1, What::Told { conn: 1, row: Row::Member(member(1, 1, false)) });
    story.skip().send(0, "c1", "welcome back");
    story.note(1, What::Closed { conn: 1, code: None, why: "cut".into() });
    story.note(1, What::Connected { conn: 2, epoch: "e".into() });
    let row = story.row(2);
    story.tell(1, row);
    assert_eq!(laws(story), []);
}

#[test]
fn a_word_after_leaving_is_caught() {
    let mut story = Story::of(2);
    story.note(1, What::Told { conn: 1, row: Row::Member(member(1, 1, false)) });
    story.skip().send(0, "c1", "psst");
    let row = story.row(2);
    story.tell(1, row);
    assert_eq!(laws(story), [Law::SilenceAfterLeaving]);
}
