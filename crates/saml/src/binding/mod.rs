//! Bindings: how messages travel through the browser, in the query of an address or in a form.

mod incoming;
mod outgoing;

pub use incoming::{Query, decode_form};
pub(crate) use outgoing::id;
pub use outgoing::{Form, Outgoing};

use crate::names::{HTTP_POST, HTTP_REDIRECT};

/// A way through the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binding {
    /// In the query of an address.
    Redirect,
    /// In a form that the browser posts.
    Post,
}

impl Binding {
    /// The standard's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Redirect => HTTP_REDIRECT,
            Self::Post => HTTP_POST,
        }
    }

    /// The binding with this name, if it can be used.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Redirect, Self::Post]
            .into_iter()
            .find(|binding| binding.name() == name)
    }
}
