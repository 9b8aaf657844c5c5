//! Which part of a list is wanted: `limite` and `offset`.

use serde::Deserialize;

use super::refusal::Refusal;

/// Absent, or whole numbers in their range.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    limite: Option<String>,
    #[serde(default)]
    offset: Option<String>,
}

impl Page {
    /// How many to pass over, and how many to give: 1 to 100.
    ///
    /// # Errors
    /// Names the field that is out of its range.
    pub(super) fn read(&self, limite: u32) -> Result<(u32, u32), Refusal> {
        let limite = number("limite", self.limite.as_deref(), limite, 1)?;
        if limite > 100 {
            let message = "Input should be less than or equal to 100";
            return Err(Refusal::field("query", "limite", "less_than_equal", message));
        }
        Ok((number("offset", self.offset.as_deref(), 0, 0)?, limite))
    }
}

fn number(field: &str, text: Option<&str>, otherwise: u32, least: u32) -> Result<u32, Refusal> {
    let Some(text) = text else { return Ok(otherwise) };
    let number: i64 = text.trim().parse().map_err(|_| not_a_number("query", field))?;
    u32::try_from(number).ok().filter(|number| *number >= least).ok_or_else(|| {
        let message = format!("Input should be greater than or equal to {least}");
        Refusal::field("query", field, "greater_than_equal", &message)
    })
}

pub(super) fn not_a_number(place: &str, field: &str) -> Refusal {
    let message = "Input should be a valid integer, unable to parse string as an integer";
    Refusal::field(place, field, "int_parsing", message)
}
