//! What the server tells the page of a form that was sent without JavaScript.

use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What became of a form sent without JavaScript; the server provides it as context when it draws
/// the form's page again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormOutcome {
    /// The server function's path.
    pub path: String,
    /// The answer as JSON, or why the form was refused.
    pub result: Result<String, AppError>,
    /// What was typed into a refused form, passwords apart.
    pub values: Vec<(String, String)>,
}

/// The address of the page that is drawn again, where the request's own is the server function's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePath(pub String);
