//! A letter of each kind.

use super::Letter;

/// A letter of each kind with invented contents, for previews and tests.
pub fn samples() -> Vec<Letter> {
    vec![
        Letter::Invitation {
            organization: "Ångström & Søn <Labs>".to_owned(),
            inviter: "Ada Lovelace".to_owned(),
            role: "developer".to_owned(),
            link: "https://flowmason.example.com/invitation#fmi_example".to_owned(),
            until: "2026-12-06".to_owned(),
        },
        Letter::PasswordReset {
            name: "Bo".to_owned(),
            link: "https://flowmason.example.com/reset-password#fmr_example".to_owned(),
            minutes: 60,
        },
        Letter::PasswordChanged {
            name: "Bo".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/forgot-password".to_owned(),
        },
        Letter::ConfirmAddress {
            name: "Bo".to_owned(),
            address: "bo@new.example.com".to_owned(),
            link: "https://flowmason.example.com/confirm-email#fma_example".to_owned(),
            hours: 24,
        },
        Letter::AllowAddressChange {
            name: "Bo".to_owned(),
            address: "bo@new.example.com".to_owned(),
            link: "https://flowmason.example.com/confirm-email#fma_example".to_owned(),
            hours: 24,
            needed: true,
        },
        Letter::ProveAddress {
            organization: "Ångström & Søn <Labs>".to_owned(),
            provider: "Example".to_owned(),
            address: "bo@example.com".to_owned(),
            link: "https://flowmason.example.com/confirm-email#fma_example".to_owned(),
            hours: 24,
        },
        Letter::AddressInUse {
            link: "https://flowmason.example.com/sign-in".to_owned(),
        },
        Letter::ConfirmSignUp {
            address: "bo@example.com".to_owned(),
            link: "https://flowmason.example.com/sign-up/confirm#fme_example".to_owned(),
            hours: 24,
        },
        Letter::AccountExists {
            link: "https://flowmason.example.com/sign-in".to_owned(),
        },
        Letter::SignUpByProvider {
            link: "https://flowmason.example.com/sign-in".to_owned(),
        },
        Letter::AddressChanged {
            name: "Bo".to_owned(),
            address: "bo@new.example.com".to_owned(),
            link: "https://flowmason.example.com/undo-email#fmu_example".to_owned(),
            until: "2026-12-06 08:20 UTC".to_owned(),
        },
        Letter::BreakGlassUsed {
            organization: "Ångström & Søn <Labs>".to_owned(),
            name: "Ada Lovelace".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            from: Some("203.0.113.7".to_owned()),
            link: "https://flowmason.example.com/settings/single-sign-on".to_owned(),
        },
        Letter::ProviderChanged {
            organization: "Ångström & Søn <Labs>".to_owned(),
            provider: "Example".to_owned(),
            added: vec!["3F:8A:11:42:9C:5E".to_owned()],
            removed: vec!["B0:17:D4:66:0A:93".to_owned()],
            moved: true,
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings/single-sign-on".to_owned(),
        },
        Letter::TokenReused {
            name: "Bo".to_owned(),
            application: "Reports & more".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings".to_owned(),
        },
        Letter::ApplicationAllowed {
            name: "Bo".to_owned(),
            application: "Reports & more".to_owned(),
            organization: "Ångström & Søn <Labs>".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings".to_owned(),
        },
        Letter::PasskeyAdded {
            name: "Bo".to_owned(),
            passkey: "Bo's \"phone\"".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings".to_owned(),
        },
        Letter::PasskeyRemoved {
            name: "Bo".to_owned(),
            passkey: "Bo's \"phone\"".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings".to_owned(),
        },
        Letter::SecondFactorChanged {
            name: "Bo".to_owned(),
            on: false,
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings".to_owned(),
        },
        Letter::RecoveryCodesRenewed {
            name: "Bo".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings".to_owned(),
        },
        Letter::SecondFactorReset {
            name: "Bo".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings".to_owned(),
        },
        Letter::IdentityConnected {
            name: "Bo".to_owned(),
            provider: "Okta & more".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings".to_owned(),
        },
        Letter::SecondPersonOff {
            organization: "Ångström & Søn <Labs>".to_owned(),
            name: "Ada Lovelace".to_owned(),
            at: "2026-11-29 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/settings/access".to_owned(),
        },
        Letter::PublicationRequested {
            organization: "Ångström & Søn <Labs>".to_owned(),
            pipeline: "Invoices & reminders".to_owned(),
            version: 12,
            name: "Ada Lovelace".to_owned(),
            until: "2026-12-06 08:20 UTC".to_owned(),
            link: "https://flowmason.example.com/pipelines/pipe_example?tab=environments"
                .to_owned(),
            unsubscribe: "https://flowmason.example.com/mail/unsubscribe/example".to_owned(),
        },
        Letter::PublicationDecided {
            organization: "Ångström & Søn <Labs>".to_owned(),
            pipeline: "Invoices & reminders".to_owned(),
            version: 12,
            name: "Bo".to_owned(),
            approved: true,
            link: "https://flowmason.example.com/pipelines/pipe_example?tab=environments"
                .to_owned(),
        },
        Letter::TriggerTrouble {
            organization: "Ångström & Søn <Labs>".to_owned(),
            pipeline: "Invoices & reminders".to_owned(),
            trigger: "nightly".to_owned(),
            environment: "production".to_owned(),
            missed: false,
            disabled: true,
            problem: "You need the permission `run.start` for this".to_owned(),
            link: "https://flowmason.example.com/pipelines/pipe_example/triggers/trig_example"
                .to_owned(),
            unsubscribe: "https://flowmason.example.com/mail/unsubscribe/example".to_owned(),
        },
        Letter::WebhookDisabled {
            organization: "Ångström & Søn <Labs>".to_owned(),
            host: "hooks.example.com".to_owned(),
            link: "https://flowmason.example.com/settings".to_owned(),
        },
    ]
}
