//! Days and moments in the reader's words.

use super::{Locale, fill::fill, td_string};
use crate::model::time::LocalTime;

/// What a day separator says. `today` is the reader's day, where it is known.
pub fn day_label(locale: Locale, at: &LocalTime, today: Option<i64>) -> String {
    match today.map(|today| today - at.day_number) {
        Some(0) => td_string!(locale, timeline.today).to_owned(),
        Some(1) => td_string!(locale, timeline.yesterday).to_owned(),
        _ => full_date(locale, at),
    }
}

/// The short form in the side list: the time today, else the day.
pub fn short_label(locale: Locale, at: &LocalTime, today: Option<i64>) -> String {
    match today.map(|today| today - at.day_number) {
        None | Some(0) => at.clock(),
        Some(1) => td_string!(locale, timeline.yesterday).to_owned(),
        _ => numeric_date(locale, at),
    }
}

/// The whole moment, for a hint under the pointer.
pub fn full_moment(locale: Locale, at: &LocalTime) -> String {
    format!("{}, {}", full_date(locale, at), at.clock())
}

fn full_date(locale: Locale, at: &LocalTime) -> String {
    fill(
        td_string!(locale, date.full),
        &[("day", &at.day), ("month", &month(locale, at.month)), ("year", &at.year)],
    )
}

fn numeric_date(locale: Locale, at: &LocalTime) -> String {
    let month: String = month(locale, at.month).chars().take(3).collect();
    fill(td_string!(locale, date.short), &[("day", &at.day), ("month", &month)])
}

fn month(locale: Locale, month: u8) -> &'static str {
    match month {
        1 => td_string!(locale, date.m1),
        2 => td_string!(locale, date.m2),
        3 => td_string!(locale, date.m3),
        4 => td_string!(locale, date.m4),
        5 => td_string!(locale, date.m5),
        6 => td_string!(locale, date.m6),
        7 => td_string!(locale, date.m7),
        8 => td_string!(locale, date.m8),
        9 => td_string!(locale, date.m9),
        10 => td_string!(locale, date.m10),
        11 => td_string!(locale, date.m11),
        _ => td_string!(locale, date.m12),
    }
}
