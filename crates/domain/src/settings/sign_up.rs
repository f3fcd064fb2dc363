//! Who gets an account.

/// How new accounts come into being. The first owner, identity providers and provisioning make accounts
/// with every setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignUp {
    /// Nobody else does: an invitation is accepted with an existing account.
    Closed,
    /// Whoever accepts an invitation can make an account.
    #[default]
    Invited,
    /// Strangers, too, can make an account with an organization of their own.
    Open,
}
