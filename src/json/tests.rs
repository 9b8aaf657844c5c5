use std::fmt::Debug;

use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Malformed, elements, read};
use crate::{
    error::{AppError, Reason},
    model::{Cid, Me, Seq, SiteRole, UserId, UserRef},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Bare,
    One(i64),
    Two(String, bool),
    Named { list: Vec<u8> },
}

/// Everything that our types are made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct All {
    id: UserId,
    small: u16,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<u64>,
    null: Option<String>,
    pairs: Vec<(String, i32)>,
    kinds: Vec<Kind>,
    result: Result<String, ()>,
    unit: (),
    boxed: Box<Option<Vec<bool>>>,
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Bare),
        any::<i64>().prop_map(Kind::One),
        any::<(String, bool)>().prop_map(|(text, flag)| Kind::Two(text, flag)),
        any::<Vec<u8>>().prop_map(|list| Kind::Named { list }),
    ]
}

prop_compose! {
    fn all()(
        (id, small, left_out, boxed) in any::<(i64, u16, Option<u64>, Option<Vec<bool>>)>(),
        (text, null, pairs) in any::<(String, Option<String>, Vec<(String, i32)>)>(),
        result in any::<Result<String, ()>>(),
        kinds in prop::collection::vec(kinds(), 0..5),
    ) -> All {
        All { id: UserId(id), small, text, left_out, null, pairs, kinds, result, unit: (), boxed: Box::new(boxed) }
    }
}

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    assert_eq!(read::<T>(&serde_json::to_string(value).unwrap()).as_ref(), Ok(value));
    assert_eq!(read::<T>(&serde_json::to_string_pretty(value).unwrap()).as_ref(), Ok(value));
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in all()) {
        reads_back(&value);
    }

    #[test]
    fn unknown_members_are_passed_over(value in all()) {
        let text = format!(r#"{{"more":{},"id":7}}"#, serde_json::to_string(&value).unwrap());
        #[derive(Debug, PartialEq, Deserialize)]
        struct Known { id: UserId }
        prop_assert_eq!(read(&text), Ok(Known { id: UserId(7) }));
    }

    #[test]
    fn what_ends_early_is_malformed(value in all(), end in any::<prop::sample::Index>()) {
        let text = serde_json::to_string(&value).unwrap();
        let mut at = end.index(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        prop_assert_eq!(read::<All>(&text[..at]), Err(Malformed));
    }

    #[test]
    fn any_text_is_read_or_refused(text in r#"[\[\]{}",:\\u0-9a-e \-]{0,40}"#) {
        let strict = serde_json::from_str::<Vec<Option<String>>>(&text);
        if let Ok(strict) = strict {
            prop_assert_eq!(read(&text), Ok(strict));
        }
        let _ = (read::<All>(&text), elements(&text));
    }
}

#[test]
fn errors_and_readers_are_read() {
    reads_back(&AppError::invalid("text", Reason::TooLong));
    reads_back(&Err::<Cid, _>(AppError::RateLimited { retry_after_ms: 7 }));
    reads_back(&Ok::<_, AppError>(Cid::new()));
    let user = UserRef { id: UserId(1), username: "ana".into(), name: "Ana".into(), seq: Seq(0) };
    for email in [Some("ana@example.org".into()), None] {
        reads_back(&Me { user: user.clone(), email, role: SiteRole::Administrator });
    }
}

#[test]
fn escapes_are_those_of_json() {
    assert_eq!(read(r#" "\u00e9\ud83e\udd9c\"\/\n" "#), Ok("é🦜\"/\n".to_owned()));
    for text in [r#""\ud83e""#, r#""\ud83e\u0041""#, r#""\udd9c""#, r#""\x""#, r#""\u12""#, r#""a"#] {
        assert_eq!(read::<String>(text), Err(Malformed), "{text}");
    }
}

#[test]
fn malformed_is_malformed() {
    for text in ["", "[1,]", "[,1]", "[1 2]", "[1", "1]", "[1]]", "[1.5]", "[x]", "{}", "[300]", "[-1]"] {
        assert_eq!(read::<Vec<u8>>(text), Err(Malformed), "{text}");
    }
    assert_eq!(read::<(u8, u8)>("[1,2,3]"), Err(Malformed));
}

#[test]
fn elements_stand_as_they_were() {
    let text = r#" [ {"a":[1,{"b":"]}"}]} ,[], "x,\"" , -1 ,null] "#;
    assert_eq!(elements(text), Ok(vec![r#"{"a":[1,{"b":"]}"}]}"#, "[]", r#""x,\"""#, "-1", "null"]));
    assert_eq!(elements("[]"), Ok(vec![]));
    for text in ["", "{}", "[1,]", "[1", "[1]1", "[[}"] {
        assert_eq!(elements(text), Err(Malformed), "{text}");
    }
}
