//! The cases, one module per subject.

mod addresses;
mod advice;
mod attack_requests;
mod attack_sign_in;
mod attack_sockets;
mod audit_trail;
mod copilot;
mod dashboard;
mod differences;
mod domains;
mod draft_runs;
mod drafts;
mod environments;
mod events;
mod filled;
mod folders;
mod framing;
mod graphql;
mod health;
mod hostile_texts;
mod incremental;
mod key_grants;
mod large_values;
mod mail;
mod mcp;
mod names;
mod oauth;
mod outbound;
mod people;
mod pipelines;
mod reading;
mod retries;
mod roles;
mod run_plans;
mod saml;
mod saml_attacks;
mod saml_editors;
mod saml_idp;
mod saml_keys;
mod saml_metadata;
mod schedules;
mod schema;
mod scim;
mod scim_attacks;
mod scim_members;
mod scim_sequences;
mod scim_sign_in;
mod search;
mod sign_in;
mod sign_up;
mod socket;
mod sso;
mod sso_accounts;
mod sso_attacks;
mod sso_enforced;
mod sso_settings;
mod sso_shared;
mod sso_terminal;
mod sso_unproved;
mod tenancy;
mod triggers;
mod two_factor;
mod uploads;
mod webhook_endpoints;
mod webhooks;
mod webhooks_signed;

use crate::harness::Case;

/// All cases.
pub fn all() -> Vec<Case> {
    [
        addresses::CASES,
        advice::CASES,
        attack_requests::CASES,
        attack_sign_in::CASES,
        attack_sockets::CASES,
        audit_trail::CASES,
        copilot::CASES,
        dashboard::CASES,
        differences::CASES,
        domains::CASES,
        draft_runs::CASES,
        filled::CASES,
        drafts::CASES,
        environments::CASES,
        events::CASES,
        folders::CASES,
        framing::CASES,
        graphql::CASES,
        health::CASES,
        hostile_texts::CASES,
        incremental::CASES,
        key_grants::CASES,
        large_values::CASES,
        mail::CASES,
        mcp::CASES,
        names::CASES,
        oauth::CASES,
        outbound::CASES,
        pipelines::CASES,
        reading::CASES,
        retries::CASES,
        people::CASES,
        roles::CASES,
        run_plans::CASES,
        saml::CASES,
        saml_attacks::CASES,
        saml_editors::CASES,
        saml_idp::CASES,
        saml_keys::CASES,
        saml_metadata::CASES,
        schedules::CASES,
        scim::CASES,
        scim_attacks::CASES,
        scim_members::CASES,
        scim_sequences::CASES,
        scim_sign_in::CASES,
        search::CASES,
        sign_in::CASES,
        sign_up::CASES,
        socket::CASES,
        sso::CASES,
        sso_accounts::CASES,
        sso_attacks::CASES,
        sso_enforced::CASES,
        sso_settings::CASES,
        sso_shared::CASES,
        sso_terminal::CASES,
        sso_unproved::CASES,
        tenancy::CASES,
        triggers::CASES,
        two_factor::CASES,
        uploads::CASES,
        webhook_endpoints::CASES,
        webhooks::CASES,
        webhooks_signed::CASES,
    ]
    .concat()
}
