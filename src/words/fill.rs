//! Values in the places of a translated line: `{name} joined`.

use std::fmt::{Display, Write};

/// `line` with each `{key}` replaced by its value; a place without a value stays as it is.
pub fn fill(line: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(line.len() + 16);
    let mut rest = line;
    while let Some((before, place)) = rest.split_once('{') {
        filled.push_str(before);
        let value = place.split_once('}').and_then(|(key, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == key)?;
            Some((value, after))
        });
        match value {
            Some((value, after)) => {
                // Writing to a string cannot fail.
                let _ = write!(filled, "{value}");
                rest = after;
            }
            None => {
                filled.push('{');
                rest = place;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn values_stand_in_their_places() {
        assert_eq!(fill("{a} and {b}", &[("a", &"Ana"), ("b", &2)]), "Ana and 2");
        assert_eq!(fill("{a}", &[("a", &"{b}"), ("b", &"no")]), "{b}");
        assert_eq!(fill("{x} {", &[]), "{x} {");
    }

    #[test]
    fn both_languages_have_the_same_places() {
        let english = lines(include_str!("locales/en.json"));
        let portuguese = lines(include_str!("locales/pt-BR.json"));
        assert!(english.len() > 100);
        assert_eq!(english.keys().collect::<Vec<_>>(), portuguese.keys().collect::<Vec<_>>());
        for (key, line) in &english {
            assert_eq!(places(line), places(&portuguese[key]), "{key}");
        }
    }

    fn lines(json: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        collect("", &serde_json::from_str(json).unwrap(), &mut found);
        found
    }

    fn collect(path: &str, value: &serde_json::Value, found: &mut BTreeMap<String, String>) {
        match value {
            serde_json::Value::Object(inner) => {
                inner.iter().for_each(|(key, value)| collect(&format!("{path}.{key}"), value, found));
            }
            value => {
                found.insert(path.to_owned(), value.as_str().unwrap().to_owned());
            }
        }
    }

    fn places(line: &str) -> Vec<&str> {
        let mut places: Vec<&str> =
            line.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(key, _)| key).collect();
        places.sort_unstable();
        places
    }
}
