//! The kinds of letters and their contents.

mod samples;

use serde::{Deserialize, Serialize};

pub use samples::samples;

/// The language of a letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language's code (ISO 639-1), as stored and in template names.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// The first language of an `Accept-Language` header that there are letters in; otherwise
    /// English.
    pub fn accepted(header: &str) -> Self {
        header
            .split(',')
            .filter_map(|part| {
                let tag = part.split(';').next()?.trim();
                Self::parse(&tag.split('-').next()?.to_ascii_lowercase())
            })
            .next()
            .unwrap_or_default()
    }
}

/// A letter: its kind, with what its template shows. It is stored until it is sent, so a new field
/// needs a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// Invites somebody into an organization.
    Invitation {
        /// The organization's name.
        organization: String,
        /// The name of the person who invites.
        inviter: String,
        /// The role of the person who accepts.
        role: String,
        /// The link to accept.
        link: String,
        /// The last day on which the link works, such as `2026-12-06`.
        until: String,
    },
    /// Sets a new password for somebody who forgot theirs.
    PasswordReset {
        /// The person's name.
        name: String,
        /// The link to the page that sets the password.
        link: String,
        /// For how many minutes the link works.
        minutes: i64,
    },
    /// Tells somebody that their password was changed.
    PasswordChanged {
        /// The person's name.
        name: String,
        /// When it was changed, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page that resets a password.
        link: String,
    },
    /// Asks whether somebody reads the mail of the address that they entered.
    ConfirmAddress {
        /// The person's name.
        name: String,
        /// The address.
        address: String,
        /// The link to confirm.
        link: String,
        /// For how many hours the link works.
        hours: i64,
    },
    /// Asks the address that an account has whether it may be changed or, if it was never verified, only
    /// tells it so.
    AllowAddressChange {
        /// The person's name.
        name: String,
        /// The new address.
        address: String,
        /// The link to allow or refuse it.
        link: String,
        /// For how many hours the link works.
        hours: i64,
        /// Whether the change waits for this address. Letters that were written before there was a choice
        /// said so.
        #[serde(default = "yes")]
        needed: bool,
    },
    /// Asks the owner of an address for a proof that it is theirs, since single sign-on is enforced for them
    /// and their account is not connected.
    ProveAddress {
        /// The organization's name.
        organization: String,
        /// The name of the identity provider.
        provider: String,
        /// The address.
        address: String,
        /// The link to prove it.
        link: String,
        /// For how many hours the link works.
        hours: i64,
    },
    /// Tells the owner of an address that somebody entered it for another account.
    AddressInUse {
        /// The link to sign in.
        link: String,
    },
    /// Asks whether somebody who signs up reads the mail of the address that they entered. It has nothing
    /// else that they entered: strangers must not send their own texts.
    ConfirmSignUp {
        /// The address.
        address: String,
        /// The link to confirm.
        link: String,
        /// For how many hours the link works.
        hours: i64,
    },
    /// Tells the owner of an address that somebody signed up with it, although it has an account.
    AccountExists {
        /// The link to sign in.
        link: String,
    },
    /// Tells the owner of an address that somebody signed up with it, although their organization has
    /// people sign in with its identity provider.
    SignUpByProvider {
        /// The link to sign in.
        link: String,
    },
    /// Tells the former address that it was changed.
    AddressChanged {
        /// The person's name.
        name: String,
        /// The new address.
        address: String,
        /// The link to undo the change.
        link: String,
        /// Until when the link works, such as `2026-12-06 08:20 UTC`.
        until: String,
    },
    /// Tells the owners of an organization that its break-glass owner has entered without single
    /// sign-on.
    BreakGlassUsed {
        /// The organization's name.
        organization: String,
        /// The break-glass owner's name.
        name: String,
        /// When, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The address of the network that they came from, if known.
        from: Option<String>,
        /// The link to the settings of single sign-on.
        link: String,
    },
    /// Tells who manages an organization's identity providers that the metadata of one says something
    /// else, which was taken over.
    ProviderChanged {
        /// The organization's name.
        organization: String,
        /// The provider's name.
        provider: String,
        /// The fingerprints of certificates that count from now on.
        added: Vec<String>,
        /// The fingerprints of those that do not count any more.
        removed: Vec<String>,
        /// Whether the addresses changed to which people are sent.
        moved: bool,
        /// When, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the settings of single sign-on.
        link: String,
    },
    /// Tells somebody that a token of an application was used twice, so that somebody has stolen it.
    TokenReused {
        /// The person's name.
        name: String,
        /// The name of the application.
        application: String,
        /// When it was noticed, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page with the applications that the person has allowed.
        link: String,
    },
    /// Tells somebody that an application may now act for them.
    ApplicationAllowed {
        /// The person's name.
        name: String,
        /// The name of the application.
        application: String,
        /// The name of the organization in which it acts.
        organization: String,
        /// When it was allowed, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page with the applications that the person has allowed.
        link: String,
    },
    /// Tells somebody that a passkey was added to their account.
    PasskeyAdded {
        /// The person's name.
        name: String,
        /// The name of the passkey.
        passkey: String,
        /// When it was added, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page with the person's passkeys.
        link: String,
    },
    /// Tells somebody that a passkey was removed from their account.
    PasskeyRemoved {
        /// The person's name.
        name: String,
        /// The name of the passkey.
        passkey: String,
        /// When it was removed, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page with the person's passkeys.
        link: String,
    },
    /// Tells somebody that two-factor authentication of their account was turned on or off.
    SecondFactorChanged {
        /// The person's name.
        name: String,
        /// Whether it is on now.
        on: bool,
        /// When, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page on which it is turned on and off.
        link: String,
    },
    /// Tells somebody that their recovery codes were replaced.
    RecoveryCodesRenewed {
        /// The person's name.
        name: String,
        /// When, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page on which they are replaced.
        link: String,
    },
    /// Tells somebody that whoever runs the server has removed their second factor.
    SecondFactorReset {
        /// The person's name.
        name: String,
        /// When it was removed, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page on which the person sets up another one.
        link: String,
    },
    /// Tells somebody that an account at an identity provider was connected to theirs.
    IdentityConnected {
        /// The person's name.
        name: String,
        /// The name of the identity provider.
        provider: String,
        /// When it was connected, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page with the person's connected accounts.
        link: String,
    },
    /// Tells the owners of an organization that one person suffices again to publish to production.
    SecondPersonOff {
        /// The organization's name.
        organization: String,
        /// The name of who turned the second person off.
        name: String,
        /// When, such as `2026-11-29 08:20 UTC`.
        at: String,
        /// The link to the page with the setting.
        link: String,
    },
    /// Asks those who may decide to approve or refuse a request to publish to production.
    PublicationRequested {
        /// The organization's name.
        organization: String,
        /// The pipeline's name.
        pipeline: String,
        /// The number of the version.
        version: i32,
        /// The name of who requested it.
        name: String,
        /// When the request expires, such as `2026-11-29 08:20 UTC`.
        until: String,
        /// The link to the page with the request.
        link: String,
        /// The link to unsubscribe.
        unsubscribe: String,
    },
    /// Tells whoever requested to publish to production that it was approved or refused.
    PublicationDecided {
        /// The organization's name.
        organization: String,
        /// The pipeline's name.
        pipeline: String,
        /// The number of the version.
        version: i32,
        /// The name of who decided.
        name: String,
        /// Whether it was approved.
        approved: bool,
        /// The link to the page with what is published.
        link: String,
    },
    /// Tells whoever enabled a trigger that it does not fire.
    TriggerTrouble {
        /// The organization's name.
        organization: String,
        /// The pipeline's name.
        pipeline: String,
        /// The trigger's name.
        trigger: String,
        /// The environment: `development`, `staging` or `production`.
        environment: String,
        /// Whether firings were missed; otherwise, what should have fired waits.
        missed: bool,
        /// Whether the trigger was disabled.
        disabled: bool,
        /// What prevents it from firing, in English; empty if nothing is known.
        problem: String,
        /// The link to the page of the trigger.
        link: String,
        /// The link to unsubscribe.
        unsubscribe: String,
    },
    /// Tells whoever created a webhook endpoint that it was disabled, because it failed for five days.
    WebhookDisabled {
        /// The organization's name.
        organization: String,
        /// The host of the endpoint's address; the rest of it may be a secret.
        host: String,
        /// The link to the dashboard.
        link: String,
    },
}

const fn yes() -> bool {
    true
}

impl Letter {
    /// The kind, as stored, shown and in template names.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::PasswordReset { .. } => "password_reset",
            Self::PasswordChanged { .. } => "password_changed",
            Self::ConfirmAddress { .. } => "confirm_address",
            Self::AllowAddressChange { .. } => "allow_address_change",
            Self::ProveAddress { .. } => "prove_address",
            Self::AddressInUse { .. } => "address_in_use",
            Self::ConfirmSignUp { .. } => "confirm_sign_up",
            Self::AccountExists { .. } => "account_exists",
            Self::SignUpByProvider { .. } => "sign_up_by_provider",
            Self::AddressChanged { .. } => "address_changed",
            Self::BreakGlassUsed { .. } => "break_glass_used",
            Self::ProviderChanged { .. } => "provider_changed",
            Self::TokenReused { .. } => "token_reused",
            Self::ApplicationAllowed { .. } => "application_allowed",
            Self::PasskeyAdded { .. } => "passkey_added",
            Self::PasskeyRemoved { .. } => "passkey_removed",
            Self::SecondFactorChanged { .. } => "second_factor_changed",
            Self::RecoveryCodesRenewed { .. } => "recovery_codes_renewed",
            Self::SecondFactorReset { .. } => "second_factor_reset",
            Self::IdentityConnected { .. } => "identity_connected",
            Self::SecondPersonOff { .. } => "second_person_off",
            Self::PublicationRequested { .. } => "publication_requested",
            Self::PublicationDecided { .. } => "publication_decided",
            Self::TriggerTrouble { .. } => "trigger_trouble",
            Self::WebhookDisabled { .. } => "webhook_disabled",
        }
    }

    /// The link of its button.
    pub fn link(&self) -> &str {
        match self {
            Self::Invitation { link, .. }
            | Self::PasswordReset { link, .. }
            | Self::PasswordChanged { link, .. }
            | Self::ConfirmAddress { link, .. }
            | Self::AllowAddressChange { link, .. }
            | Self::ProveAddress { link, .. }
            | Self::AddressInUse { link }
            | Self::ConfirmSignUp { link, .. }
            | Self::AccountExists { link }
            | Self::SignUpByProvider { link }
            | Self::AddressChanged { link, .. }
            | Self::BreakGlassUsed { link, .. }
            | Self::ProviderChanged { link, .. }
            | Self::TokenReused { link, .. }
            | Self::ApplicationAllowed { link, .. }
            | Self::PasskeyAdded { link, .. }
            | Self::PasskeyRemoved { link, .. }
            | Self::SecondFactorChanged { link, .. }
            | Self::RecoveryCodesRenewed { link, .. }
            | Self::SecondFactorReset { link, .. }
            | Self::IdentityConnected { link, .. }
            | Self::SecondPersonOff { link, .. }
            | Self::PublicationRequested { link, .. }
            | Self::PublicationDecided { link, .. }
            | Self::TriggerTrouble { link, .. }
            | Self::WebhookDisabled { link, .. } => link,
        }
    }

    /// The link to unsubscribe. `None` for a letter about something that the recipient, or a person who
    /// invites them, has done.
    pub fn unsubscribe(&self) -> Option<&str> {
        match self {
            Self::PublicationRequested { unsubscribe, .. }
            | Self::TriggerTrouble { unsubscribe, .. } => Some(unsubscribe.as_str()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
