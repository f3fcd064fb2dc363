//! The rules: one file for each, with its case in `tests/cases.md`. All of them look at the same facts.

pub(super) mod attributes;
pub(super) mod audience;
pub(super) mod conditions;
pub(super) mod confirmation;
pub(super) mod destination;
pub(super) mod in_response_to;
pub(super) mod issuer;
pub(super) mod session;
pub(super) mod signed;
pub(super) mod status;
pub(super) mod subject;
pub(super) mod version;
