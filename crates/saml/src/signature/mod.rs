//! Signatures in XML: their form is checked before the library sees them, the library verifies them
//! with the provider's certificates only, and what it has verified is what is read.

mod algorithm;
mod form;
mod quiet;
mod sign;
mod verified;

pub(crate) use algorithm::Algorithm;
pub(crate) use form::{Signature, of};
pub(crate) use sign::signed;
pub(crate) use verified::{no_certificate, verified, wrong};
