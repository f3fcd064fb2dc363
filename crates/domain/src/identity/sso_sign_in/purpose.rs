//! What a sign-in is for that has begun.

use crate::error::{AppError, Result};

/// What a sign-in is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A session, or connecting an account.
    SignIn,
    /// A session after a sign-in that the provider began. The person is asked first.
    Unsolicited,
    /// A report for the administrator.
    Test,
    /// Not signing in, but signing out at the provider.
    SignOut,
}

impl Purpose {
    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Unsolicited => "unsolicited",
            Self::Test => "test",
            Self::SignOut => "sign_out",
        }
    }

    /// The purpose with this name.
    pub fn parse(text: &str) -> Result<Self> {
        let all = [Self::SignIn, Self::Unsolicited, Self::Test, Self::SignOut];
        let found = all.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| AppError::internal("an unknown purpose of a sign-in"))
    }
}
