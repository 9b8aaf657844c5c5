//! Days and moments in the reader's words.

use super::{fill::fill, i18n::t_string, language::I18n};
use crate::model::time::LocalTime;

/// What a day separator says. `today` is the reader's day, where it is known.
pub fn day_label(i18n: I18n, at: &LocalTime, today: Option<i64>) -> String {
    match today.map(|today| today - at.day_number) {
        Some(0) => t_string!(i18n, timeline.today).to_owned(),
        Some(1) => t_string!(i18n, timeline.yesterday).to_owned(),
        _ => full_date(i18n, at),
    }
}

/// The short form in the side list: the time today, else the day.
pub fn short_label(i18n: I18n, at: &LocalTime, today: Option<i64>) -> String {
    match today.map(|today| today - at.day_number) {
        None | Some(0) => at.clock(),
        Some(1) => t_string!(i18n, timeline.yesterday).to_owned(),
        _ => numeric_date(i18n, at),
    }
}

/// The whole moment, for a hint under the pointer.
pub fn full_moment(i18n: I18n, at: &LocalTime) -> String {
    format!("{}, {}", full_date(i18n, at), at.clock())
}

fn full_date(i18n: I18n, at: &LocalTime) -> String {
    fill(
        t_string!(i18n, date.full),
        &[("day", &at.day), ("month", &month(i18n, at.month)), ("year", &at.year)],
    )
}

fn numeric_date(i18n: I18n, at: &LocalTime) -> String {
    let month: String = month(i18n, at.month).chars().take(3).collect();
    fill(t_string!(i18n, date.short), &[("day", &at.day), ("month", &month)])
}

fn month(i18n: I18n, month: u8) -> &'static str {
    match month {
        1 => t_string!(i18n, date.m1),
        2 => t_string!(i18n, date.m2),
        3 => t_string!(i18n, date.m3),
        4 => t_string!(i18n, date.m4),
        5 => t_string!(i18n, date.m5),
        6 => t_string!(i18n, date.m6),
        7 => t_string!(i18n, date.m7),
        8 => t_string!(i18n, date.m8),
        9 => t_string!(i18n, date.m9),
        10 => t_string!(i18n, date.m10),
        11 => t_string!(i18n, date.m11),
        _ => t_string!(i18n, date.m12),
    }
}
