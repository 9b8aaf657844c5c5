//! The text itself: spaces, words, strings, and what stands between brackets.

use std::borrow::Cow;

use super::Malformed;

pub(super) struct Reader<'de> {
    pub(super) text: &'de str,
    pub(super) at: usize,
}

impl<'de> Reader<'de> {
    /// The next byte that is no space; it is next afterwards, too.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    pub(super) fn take(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek() != Some(byte) {
            return Err(Malformed);
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), Malformed> {
        if self.peek().is_none() { Ok(()) } else { Err(Malformed) }
    }

    /// Everything up to the next of `ends`, which is next afterwards.
    fn until(&mut self, ends: &[u8]) -> Result<&'de str, Malformed> {
        let rest = self.text.get(self.at..).ok_or(Malformed)?;
        let length = rest.bytes().position(|byte| ends.contains(&byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).ok_or(Malformed)
    }

    /// A number or a word.
    pub(super) fn plain(&mut self) -> Result<&'de str, Malformed> {
        self.peek();
        self.until(b",:]} \n\r\t\"[{")
    }

    pub(super) fn word(&mut self, word: &str) -> Result<(), Malformed> {
        if self.plain()? == word { Ok(()) } else { Err(Malformed) }
    }

    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, Malformed> {
        self.take(b'"')?;
        let mut text = Cow::Borrowed(self.until(b"\"\\")?);
        loop {
            let byte = self.text.as_bytes().get(self.at);
            self.at += 1;
            match byte {
                Some(b'"') => return Ok(text),
                Some(_) => {
                    let text = text.to_mut();
                    text.push(self.escaped()?);
                    text.push_str(self.until(b"\"\\")?);
                }
                None => return Err(Malformed),
            }
        }
    }

    /// What a backslash stands for, which was before this.
    fn escaped(&mut self) -> Result<char, Malformed> {
        let byte = *self.text.as_bytes().get(self.at).ok_or(Malformed)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                let second = if (0xd800..0xdc00).contains(&first) { Some(self.second_unit()?) } else { None };
                let mut decoded = char::decode_utf16([Some(first), second].into_iter().flatten());
                decoded.next().and_then(Result::ok).ok_or(Malformed)?
            }
            _ => return Err(Malformed),
        })
    }

    fn second_unit(&mut self) -> Result<u16, Malformed> {
        let begin = self.text.get(self.at..self.at + 2);
        self.at += 2;
        if begin == Some("\\u") { self.unit() } else { Err(Malformed) }
    }

    fn unit(&mut self) -> Result<u16, Malformed> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Malformed)?;
        self.at += 4;
        u16::from_str_radix(digits, 16).map_err(|_| Malformed)
    }

    /// Goes past one value, of which only the brackets are counted.
    pub(super) fn skip(&mut self) -> Result<(), Malformed> {
        let mut depth = 0_usize;
        loop {
            match self.peek().ok_or(Malformed)? {
                b'"' => drop(self.string()?),
                b'[' | b'{' => {
                    depth += 1;
                    self.at += 1;
                }
                b']' | b'}' => {
                    depth = depth.checked_sub(1).ok_or(Malformed)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => self.at += 1,
                _ if self.plain()?.is_empty() => return Err(Malformed),
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    pub(super) fn items(&mut self, open: u8, close: u8) -> Result<Items<'_, 'de>, Malformed> {
        self.take(open)?;
        Ok(Items { reader: self, close, is_first: true, is_open: true })
    }
}

/// What stands between two brackets, with commas between.
pub(super) struct Items<'a, 'de> {
    pub(super) reader: &'a mut Reader<'de>,
    close: u8,
    is_first: bool,
    is_open: bool,
}

impl Items<'_, '_> {
    /// Goes to the next item, if there is one.
    pub(super) fn advance(&mut self) -> Result<bool, Malformed> {
        if self.is_open && self.reader.peek() == Some(self.close) {
            self.reader.at += 1;
            self.is_open = false;
        }
        if self.is_open && !std::mem::replace(&mut self.is_first, false) {
            self.reader.take(b',')?;
        }
        Ok(self.is_open)
    }

    /// Goes past the closing bracket, which must be next.
    pub(super) fn finish(mut self) -> Result<(), Malformed> {
        if self.advance()? { Err(Malformed) } else { Ok(()) }
    }
}
