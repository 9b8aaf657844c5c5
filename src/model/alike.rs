//! Names that look alike: where two people whom a tab knows have such names, each is called by the user name too.
//!
//! A small part of Unicode's table (UTS 39), so that the browser can carry it: what looks like a Latin letter or a digit.
//! More is taken for alike than is, which costs nobody more than a user name beside the name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use super::{
    UserId, UserRef,
    text::{is_hidden, is_joiner},
};

/// Words of a letter and what looks like it.
const LOOKALIKES: &str = "\
    2ƧϨჇᒿᘖᲷꙄꝚ 3ƷȜЗӠՅᲕⲜⳄⳌꝪꞫ 4Ꮞꮞ 5Ƽ 6ϬбᏮⳒⳓⳜꮾ 7ᲄ 8Ȣȣ 9ⳊⳋꝮꝯ aɑΑαАаᎪᗅꓮꭤ bƄΒВЬᏏᏴᑲᖯᗷℬⲂꓐꞴ cϲϹСсᏟᲃᴄℂℭⅭⅽⲤⲥꓚꮯ \
    dԁᎠᏧᑯᗞᗪⅅⅆⅮⅾꓒꓓ eΕЕеҽᎬ℮ℯℰⅇꓰꬲ fƒʄϜքᖴẝℱꓝꞘꞙꬵ gƍɡԌցᏀᏳᶃℊꓖ hΗНҺһհႹᎻᏂᕼℋℌℍℎⲎꓧ jȷͿϳЈјյᎫᒍⅉꓙꞲ kΚКᏦⲔꓗ \
    lƖǀɩɪΙιІіӀӏւᎥᏞᒪℐℑℒℓℹⅈⅠⅬⅰⅼⲒⲓⳐꓡꓲꙇꞁꞮꟾꭵ mΜϺМᎷᗰℳⅯⲘꓟ nΝոռℕⲚꓠ oΟοσϭОоՕօჿᲂᲿᴏᴑℴⲞⲟꓳꬽ pƿΡρϱϸРрᏢᑭℙⲢⲣⳎⳏꓑ \
    qԚԛգզℚ rƦɌгᎡᏒᖇᴦℛℜℝⲅꓣꭇꭈꮁ sƽЅѕՏႽჽᏕᏚᲽꓢꜱꮪ tΤТᎢⲦꓔ uʋυՍսᑌᴜꓴꞟꭎꭒ vνѴѵᏙᐯᴠⅤⅴꓦꮩ wɯшѡԜԝաᎳᏔᴡⲽꓪꟺꮃꮤ \
    xΧХхᕁᕽ᙭ⅩⅹⲬꓫꞳ yɣʏΥγϒУуҮүყᎩᎽᶌỿℽⲨⲩꓬꭚ zΖჍᏃᴢℤℨⱫⱬⲌⲍⴭꓜꮓ";

/// What the letters from U+00C0 to U+017F look like without their accents.
const ACCENTED: &[u8; 192] = b"\
    aaaaaaaceeeelllldnoooooxouuuuypbaaaaaaaceeeelllldnooooo-ouuuuypyaaaaaaccccccccddddeeeeeeeeeegggg\
    gggghhhhlllllllllllljjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzf";

static TABLE: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut table: Vec<_> = LOOKALIKES.split(' ').flat_map(pairs).collect();
    table.sort_unstable();
    table
});

fn pairs(word: &str) -> impl Iterator<Item = (char, char)> {
    let mut letters = word.chars();
    let letter = letters.next().unwrap_or_default();
    letters.map(move |lookalike| (lookalike, letter))
}

/// Whose names look like somebody else's among `people`.
pub fn alike<'a>(people: impl Iterator<Item = &'a UserRef>) -> BTreeSet<UserId> {
    let people: BTreeMap<UserId, &str> = people.map(|user| (user.id, user.name.as_str())).collect();
    let mut looks: Vec<(String, UserId)> = people.into_iter().map(|(id, name)| (look(name), id)).collect();
    looks.sort_unstable();
    let pairs = looks.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    pairs.flatten().map(|(_, id)| *id).collect()
}

/// What a name looks like: the same for names that a reader may take for each other.
fn look(name: &str) -> String {
    let seen =
        name.chars().filter(|c| !is_hidden(*c) && !is_joiner(*c) && !matches!(c, '\u{300}'..='\u{36f}'));
    let letters: String = seen.map(letter).collect();
    let words = letters.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_ascii() && !words.contains("rn") && !words.contains("vv") {
        return words;
    }
    words.replace("rn", "m").replace("vv", "w")
}

fn letter(c: char) -> char {
    let c = match c {
        '\u{c0}'..='\u{17f}' => char::from(ACCENTED[c as usize - 0xc0]),
        // Full-width forms of ASCII, and the alphabets and digits of formulas.
        '\u{ff01}'..='\u{ff5e}' => ascii(c as u32 - 0xff01 + 0x21),
        '\u{1d400}'..='\u{1d6a3}' => ascii((c as u32 - 0x1d400) % 26 + u32::from('a')),
        '\u{1d7ce}'..='\u{1d7ff}' => ascii((c as u32 - 0x1d7ce) % 10 + u32::from('0')),
        c => c,
    };
    match c.to_ascii_lowercase() {
        'i' | '1' | '|' | '!' => 'l',
        '0' => 'o',
        c if c.is_ascii() => c,
        c => TABLE.binary_search_by_key(&c, |(lookalike, _)| *lookalike).map_or(c, |at| TABLE[at].1),
    }
}

fn ascii(code: u32) -> char {
    char::from_u32(code).unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Seq;

    fn user(id: i64, name: &str) -> UserRef {
        UserRef { id: UserId(id), username: format!("user{id}"), name: name.to_owned(), seq: Seq(0) }
    }

    fn are_alike(one: &str, other: &str) -> bool {
        let people = [user(1, one), user(2, other)];
        !alike(people.iter()).is_empty()
    }

    #[test]
    fn names_that_look_the_same_are_alike() {
        for (one, other) in [
            ("Mallory", "mallory"),
            ("Mallory", "Маllоrу"),
            ("Mallory", "MaIlory"),
            ("Mallory", "Ma11ory"),
            ("Mallory", "Ｍａｌｌｏｒｙ"),
            ("Mallory", "𝓜𝓪𝓵𝓵𝓸𝓻𝔂"),
            ("Mallory", "Mal\u{200d}lory"),
            ("Mallory", "Mallory "),
            ("Ana  Lee", "Ana\u{a0}Lee"),
            ("José", "Jose\u{301}"),
            ("Bernd", "Bemd"),
            ("Anon", "Аnօn"),
            ("SCOPE", "ЅСОРЕ"),
            ("BETH", "ΒΕΤΗ"),
        ] {
            assert!(are_alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn others_are_told_apart() {
        for (one, other) in [("Ana", "Anna"), ("Bob", "Rob"), ("Олег", "Ольга"), ("李", "王"), ("🦜", "🦊")]
        {
            assert!(!are_alike(one, other), "{one} {other}");
        }
        let people = [user(1, "Ana"), user(1, "Ana"), user(2, "Bob")];
        assert!(alike(people.iter()).is_empty(), "nobody is alike to themselves");
    }

    /// Unicode's own table says of each of ours that it is like its letter.
    #[test]
    fn the_table_is_a_part_of_unicodes() {
        let skeleton = |text: &str| {
            let skeleton: String = unicode_security::skeleton(text).collect();
            skeleton.replace("rn", "m").chars().map(letter).collect::<String>()
        };
        assert!(TABLE.len() > 300);
        for (lookalike, letter) in TABLE.iter() {
            assert_eq!(skeleton(&lookalike.to_string()), letter.to_string(), "{lookalike}");
        }
        // And no letter of the scripts from which names are forged is missing.
        let living = [
            '\u{370}'..='\u{52f}',
            '\u{531}'..='\u{587}',
            '\u{13a0}'..='\u{13f4}',
            '\u{1d400}'..='\u{1d6a3}',
        ];
        for c in living.into_iter().flatten().filter(|c| c.is_alphanumeric()) {
            let unicode: String = unicode_security::skeleton(&c.to_string()).collect();
            let is_latin = matches!(unicode.as_bytes(), [byte] if byte.is_ascii_alphanumeric());
            assert!(!is_latin || letter(c).to_string() == skeleton(&unicode), "{c} is like {unicode}");
        }
    }
}
