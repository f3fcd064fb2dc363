//! Authentication: people with their sessions, passwords, second factors, sign-in links,
//! invitations and identity providers, API keys for programs, and applications with their tokens.
//!
//! `principal` alone maps a credential to its principal. Secrets are returned once and stored as
//! hashes. Permissions are defined in `access`.

pub mod access_tokens;
pub mod addresses;
pub mod api_keys;
mod auth_cache;
pub(crate) mod departure;
pub mod domains;
pub mod external_identities;
pub mod invitations;
mod last_way;
pub mod links;
mod notices;
pub mod oauth;
mod overlap;
pub mod passkeys;
pub mod passwords;
mod principal;
pub mod resets;
pub mod scim;
pub(crate) mod secret;
pub mod sessions;
pub mod sign_ups;
pub mod sso_enforcement;
pub mod sso_providers;
pub mod sso_sign_in;
#[cfg(test)]
mod tests;
pub mod two_factor;
pub mod users;

pub use self::scim::{
    GroupMapping, NewScimToken, Provisioner, Provisioning, ScimGroup, ScimRequest, ScimToken,
    WaitingUser, Waits,
};
/// Which parts of its messages a SAML provider has to sign.
pub use ::saml::SignedParts;
pub use access_tokens::{key_set, rotate_signing_keys};
pub use addresses::{
    AddressChange, AddressError, AddressPreview, Confirmed, address_change, cancel_address_change,
    change_address, confirm_address, preview_address, refuse_address, resend_address_change,
    undo_address_change, verify_address,
};
pub(crate) use api_keys::keep_api_key;
pub use api_keys::{
    ApiKey, ApiKeyError, KeyGrant, KeyLimits, KeyTerms, Networks, Rotated, create_api_key,
    get_api_key, list_api_keys, revoke_api_key, rotate_api_key,
};
pub use domains::{
    Domain, DomainError, DomainStatus, check_domain, claim_domain, get_domain, list_domains,
    of_address as domain_of_address, remove_domain,
};
pub use external_identities::{ExternalIdentity, disconnect_identity, list_external_identities};
pub use invitations::{
    Accepted, Invitation, InvitationError, InvitationLink, InvitationStatus, Invitee, Preview,
    accept_invitation, create_guest_invitation, create_invitation, get_invitation,
    list_invitations, preview_invitation, renew_invitation, revoke_invitation,
};
pub use links::{LinkError, print_link, redeem_link};
pub use passkeys::{
    Challenge, Passkey, PasskeyError, add_passkey, begin_passkey, begin_passkey_code,
    begin_passkey_proof, begin_passkey_sign_in, complete_sign_in_by_passkey, list_passkeys,
    passkeys_possible, remove_passkey, sign_in_by_passkey, step_up_by_passkey,
};
pub use passwords::{PasswordError, set_password, sign_in};
pub use principal::{Credential, Principal, Source, authenticate, rights_now};
pub use resets::{Delivery, ResetError, request_reset, reset_password};
pub use sessions::{
    Session, SessionError, SignedIn, Visitor, end_other_sessions, end_session, list_sessions,
    sign_out,
};
pub use sign_ups::{NewSignUp, SignUpError, confirm_sign_up, request_sign_up, sign_up_is_open};
pub use sso_enforcement::{
    OwnerChoice, SsoEnforcementError, SsoForEveryone, SsoGuest, Unprepared, UnpreparedMember,
    add_sso_guest, enforce_sso, enforce_sso_for_everyone, list_owner_choices, remove_sso_guest,
    sso_for_everyone, sso_unprepared, stop_enforcing_sso, stop_enforcing_sso_for_everyone,
};
pub(crate) use sso_providers::known_providers;
pub use sso_providers::{
    Joining, Mapping, OidcSettings, Protocol, ProtocolSettings, ProviderKind, ProviderSettings,
    SamlPerson, SamlRefusal, SamlSeen, SamlSettings, SamlTest, ShownCertificate, ShownProtocol,
    ShownSaml, SsoProvider, SsoProviderError, SsoTest, check_issuer, create_saml_key,
    create_sso_provider, delete_sso_provider, get_sso_provider, list_sso_providers,
    remove_old_saml_key, test_sso_provider, update_sso_provider,
};
pub use sso_sign_in::{
    BrowserForm, ByBrowser, LogOutMessage, LoggedOut, ProviderButton, SamlFinish, SamlPost,
    SamlReceived, SamlReturn, SamlTicket, SsoAnswer, SsoDone, SsoRedirect, SsoSignInError,
    begin_connecting, begin_provider_log_out, begin_sso, complete_sso, connectable_providers,
    finish_saml, own_metadata, receive_log_out, receive_saml, sign_in_methods, waiting_form,
};
pub use two_factor::{
    Enrolment, Proof, SecondFactor, TwoFactor, TwoFactorError, begin_two_factor, complete_sign_in,
    confirm_two_factor, disable_two_factor, renew_recovery_codes, reset_second_factor,
    second_factor_of, step_up, two_factor,
};
pub use users::{ProfileChange, User, Viewer, update_profile, viewer};
