//! Times in the reader's zone.
//!
//! The first render follows the offset in the zone cookie, or UTC, so that the server's HTML and the
//! browser's agree; after hydration each moment gets the offset that the reader's zone has then.

use std::time::Duration;

use leptos::prelude::*;

use super::preferences::preferences;
use crate::{
    browser,
    model::{Timestamp, preferences::ZONE_COOKIE, time::LocalTime},
    ui::page_data::shared,
};

const DAY_MINUTES: u32 = 24 * 60;

/// The reader's zone.
#[derive(Clone, Copy)]
pub struct Zone {
    rule: RwSignal<Rule>,
    today: RwSignal<Option<i64>>,
}

#[derive(Clone, Copy)]
enum Rule {
    /// So many minutes east of UTC.
    Fixed(i32),
    /// As the browser says for each moment.
    Browser,
}

/// Provides the zone for `use_zone`; once, near the root.
pub fn provide_zone() {
    let minutes = shared(|| preferences().zone.unwrap_or(0));
    let zone = Zone { rule: RwSignal::new(Rule::Fixed(minutes)), today: RwSignal::new(None) };
    provide_context(zone);
    Effect::new(move |_| {
        browser::set_cookie(ZONE_COOKIE, &browser::zone_offset_at(browser::now()).to_string());
        zone.rule.set(Rule::Browser);
        browser::spawn(zone.follow_days());
    });
}

/// The provided zone, or UTC where there is none.
pub fn use_zone() -> Zone {
    use_context().unwrap_or_else(|| Zone { rule: RwSignal::new(Rule::Fixed(0)), today: RwSignal::new(None) })
}

impl Zone {
    /// `at` on the reader's clock. Reactive.
    pub fn local(self, at: Timestamp) -> LocalTime {
        let offset = match self.rule.get() {
            Rule::Fixed(minutes) => minutes,
            Rule::Browser => browser::zone_offset_at(at),
        };
        at.local(offset)
    }

    /// The number of the reader's day, as in `LocalTime::day_number`; none before hydration. Reactive.
    pub fn today(self) -> Option<i64> {
        self.today.get()
    }

    /// Keeps `today` right over midnight, for as long as the page lives.
    async fn follow_days(self) {
        loop {
            let now = browser::now();
            let local = now.local(browser::zone_offset_at(now));
            let Some(known) = self.today.try_get_untracked() else { return };
            if known != Some(local.day_number) {
                self.today.set(Some(local.day_number));
            }
            // Not in one sleep: a device that slept would oversleep midnight.
            let left = DAY_MINUTES - u32::from(local.hour) * 60 - u32::from(local.minute);
            browser::sleep(Duration::from_secs(u64::from(left.min(10)) * 60)).await;
        }
    }
}
