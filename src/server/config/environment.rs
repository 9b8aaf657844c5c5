//! Variables that nobody reads: most are typing errors, and a setting that does not count should be seen.

use clap::CommandFactory as _;

use super::CommandLine;

const PREFIX: &str = "PAPO_";
/// Those of our tests and tools.
const TOOLS: [&str; 3] = ["PAPO_TEST_", "PAPO_BINARY", "PAPO_POSTGRES_DATA"];
/// A name that is less alike is no hint.
const ALIKE: f64 = 0.7;

/// Warns of each variable that begins with `PAPO_` and is no setting.
pub fn warn_of_unknown() {
    let known = known();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(|name| is_unknown(name, &known)) {
        match nearest(&name, &known) {
            Some(nearest) => {
                tracing::warn!("{name} is no setting of Papo and does nothing; is it {nearest}?")
            }
            None => tracing::warn!("{name} is no setting of Papo and does nothing"),
        }
    }
}

fn known() -> Vec<String> {
    let command = CommandLine::command();
    let names = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str().map(str::to_owned));
    names.collect()
}

fn is_unknown(name: &str, known: &[String]) -> bool {
    name.starts_with(PREFIX)
        && !known.iter().any(|known| known == name)
        && !TOOLS.iter().any(|tool| name.starts_with(tool))
}

fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let tail = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let alike = |known: &String| strsim::normalized_damerau_levenshtein(&tail(name), &tail(known));
    let nearest = known.iter().map(|known| (alike(known), known));
    let (alike, nearest) = nearest.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (alike >= ALIKE).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_has_its_neighbour() {
        let known = known();
        for (name, meant) in [
            ("PAPO_REGISTRATON", Some("PAPO_REGISTRATION")),
            ("PAPO_LISTN", Some("PAPO_LISTEN")),
            ("PAPO_DATABASE", None),
            ("PAPO_TYPO", None),
        ] {
            assert!(is_unknown(name, &known), "{name}");
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
        for name in ["PAPO_DATA", "PAPO_LIMITS", "PAPO_TEST_POSTGRES_URL", "PATH"] {
            assert!(!is_unknown(name, &known), "{name}");
        }
    }
}
