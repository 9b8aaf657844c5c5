//! Moments and their calendar days, without a clock and without time zone tables.
//!
//! A moment is a `Timestamp`; a reader's zone enters as minutes east of UTC.

use serde::{Deserialize, Serialize};

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A moment as a reader's wall clock shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    /// Days since 1970-01-01 in the reader's zone; two moments with the same number share a day.
    pub day_number: i64,
}

impl Timestamp {
    /// This moment on a clock that is `offset_minutes` ahead of UTC.
    pub fn local(self, offset_minutes: i32) -> LocalTime {
        let minutes = self.0.div_euclid(MICROS_PER_MINUTE) + i64::from(offset_minutes);
        let day_number = minutes.div_euclid(24 * 60);
        let of_day = minutes.rem_euclid(24 * 60);
        let date = time::Date::from_julian_day(i32::try_from(day_number + 2_440_588).unwrap_or(0))
            .unwrap_or(time::Date::MIN);
        LocalTime {
            year: date.year(),
            month: date.month().into(),
            day: date.day(),
            hour: u8::try_from(of_day / 60).unwrap_or(0),
            minute: u8::try_from(of_day % 60).unwrap_or(0),
            day_number,
        }
    }

    /// `2026-11-21T06:45:40Z`, for a `datetime` attribute.
    pub fn to_rfc3339(self) -> String {
        let t = self.local(0);
        let second = self.0.div_euclid(1_000_000).rem_euclid(60);
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{second:02}Z", t.year, t.month, t.day, t.hour, t.minute)
    }

    /// `2026-11-21T06:45:40.000123Z`, for programs.
    pub fn to_rfc3339_micros(self) -> String {
        let seconds = self.to_rfc3339();
        format!("{}.{:06}Z", seconds.trim_end_matches('Z'), self.0.rem_euclid(1_000_000))
    }

    /// Microseconds from `earlier` to this moment.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl LocalTime {
    /// `14:05`.
    pub fn clock(&self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW_YEAR: Timestamp = Timestamp(1_767_225_600_000_000); // 2026-01-01T00:00:00Z

    #[test]
    fn a_moment_falls_on_the_readers_day() {
        assert_eq!(NEW_YEAR.local(0).clock(), "00:00");
        let sao_paulo = NEW_YEAR.local(-180);
        assert_eq!((sao_paulo.year, sao_paulo.month, sao_paulo.day), (2025, 12, 31));
        assert_eq!(sao_paulo.clock(), "21:00");
        assert_eq!(sao_paulo.day_number + 1, NEW_YEAR.local(0).day_number);
    }

    #[test]
    fn rfc3339_is_utc() {
        assert_eq!(Timestamp(NEW_YEAR.0 + 61_000_000).to_rfc3339(), "2026-01-01T00:01:01Z");
        assert_eq!(Timestamp(NEW_YEAR.0 + 1_000_123).to_rfc3339_micros(), "2026-01-01T00:00:01.000123Z");
    }
}
