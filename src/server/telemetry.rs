//! The log: what the operator asks for, without what libraries would tell of secrets.
//!
//! At `debug` and `trace` libraries write headers, statements and frames, and with them tokens, passwords and messages. So
//! below `info` only our own modules are heard, and those of others that are known to tell nothing.

use std::io::{IsTerminal as _, stderr};

use tracing::{Level, Metadata, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt as _, filter_fn},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// What these libraries warn of is told by us too: once, where they tell it with each request or attempt. What the operator
/// asks for overrides this.
const DEFAULTS: &str = "async_nats=off,axum_login=off,tower_sessions=off,tower_sessions_core=off,sqlx=warn";
/// Others' modules that may tell more than `info`: tower-http's, of each request its method, path, status and time.
const SAFE: [&str; 2] = ["tower_http::trace", "tower_http::catch_panic"];

/// Starts the log on standard error.
///
/// # Errors
/// One line, if `filter` cannot be read.
pub(super) fn start(filter: &str) -> anyhow::Result<()> {
    let wished = EnvFilter::try_new(format!("{DEFAULTS},{filter}"))
        .map_err(|error| anyhow::anyhow!("PAPO_LOG is {filter:?}: {error}; try info"))?;
    let has_colours = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr).with_ansi(has_colours);
    tracing_subscriber::registry().with(lines.with_filter(wished.and(filter_fn(is_safe)))).init();
    Ok(())
}

/// Whether what is told there holds no secret.
fn is_safe(about: &Metadata<'_>) -> bool {
    *about.level() <= most_of(about.target())
}

fn most_of(target: &str) -> LevelFilter {
    let is_in = |module: &str| {
        target.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    if is_in("papo") {
        LevelFilter::TRACE
    } else if SAFE.into_iter().any(is_in) {
        LevelFilter::DEBUG
    } else {
        LevelFilter::from_level(Level::INFO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_modules_are_heard_below_info() {
        for target in ["papo", "papo::server::chat"] {
            assert_eq!(most_of(target), LevelFilter::TRACE, "{target}");
        }
        for target in
            ["hyper", "sqlx::query", "tower_http::cors", "papow", "h2", "log", "tungstenite::protocol", ""]
        {
            assert_eq!(most_of(target), LevelFilter::INFO, "{target}");
        }
        assert_eq!(most_of("tower_http::trace::on_response"), LevelFilter::DEBUG);
    }
}
