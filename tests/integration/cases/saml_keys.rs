//! The renewal of this server's key for a SAML provider: both keys count until the old one is removed.

use domain::audit;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use super::saml::set;
use crate::{
    cases,
    harness::{
        TestApp,
        oidc::{self, Oidc, owner},
    },
};

cases![Shared:
    a_key_is_renewed_without_an_interruption,
    only_a_provider_that_speaks_saml_has_a_key_of_this_server,
];

const RENEW: &str = "mutation($id: ID!) { createSamlKey(input: {id: $id}) { provider { saml { \
    serviceCertificate { fingerprint } nextServiceCertificate { fingerprint } } } } }";
const REMOVE: &str = "mutation($id: ID!) { removeOldSamlKey(input: {id: $id}) { provider { saml { \
    serviceCertificate { fingerprint } nextServiceCertificate { fingerprint } } } } }";

/// The beginning of a certificate to encrypt with, in this server's metadata.
const ENCRYPTION: &str = "<md:KeyDescriptor use=\"encryption\">";

async fn a_key_is_renewed_without_an_interruption(app: TestApp) {
    let Some(set) = set(&app, |_| {}).await else {
        return;
    };
    let (owner, id) = (set.owner(), json!({ "id": set.provider }));
    let path = format!("/auth/saml/{}/metadata", set.provider);
    let metadata = async || set.app.anonymous().get(&path).await.text;
    set.saml.variant("enc").await;
    set.enter().await;
    let before = metadata().await;
    assert_eq!(owner.code(REMOVE, id.clone()).await, "CONFLICT");

    // Both certificates are in the metadata, and each of them can be encrypted with.
    let made = owner.data(RENEW, id.clone()).await;
    let made = &made["createSamlKey"]["provider"]["saml"];
    let (old, new) = (&made["serviceCertificate"], &made["nextServiceCertificate"]);
    assert!(new["fingerprint"].is_string() && new != old, "{made}");
    assert_eq!(owner.code(RENEW, id.clone()).await, "CONFLICT");
    set.saml.know(&set.app, &set.provider).await;
    set.enter().await;
    let both = metadata().await;
    let parts: Vec<&str> = both.split(ENCRYPTION).collect();
    let [signing, first, second] = parts[..] else {
        panic!("{both}");
    };
    assert_eq!(signing.matches("use=\"signing\"").count(), 2);
    assert_ne!(first, second);
    let only_new = format!("{signing}{ENCRYPTION}{second}");
    set.saml.ctl(json!({ "service": only_new })).await;
    set.enter().await;
    // A provider that has not read them again goes on as before.
    set.saml.ctl(json!({ "service": before })).await;
    set.enter().await;
    // Nor does saving other settings touch the keys.
    set.update(&owner, |all| all["name"] = json!("Renamed"))
        .await;
    assert_eq!(metadata().await, both);

    // The old one is removed: the new one signs, and nothing is encrypted with the old one any more.
    let done = owner.data(REMOVE, id.clone()).await;
    let done = &done["removeOldSamlKey"]["provider"]["saml"];
    assert_eq!(&done["serviceCertificate"], new);
    assert_eq!(done["nextServiceCertificate"], Json::Null);
    set.saml.know(&set.app, &set.provider).await;
    set.enter().await;
    let after = metadata().await;
    let (signing, _) = after.split_once(ENCRYPTION).expect("a certificate");
    let (_, encryption) = before.split_once(ENCRYPTION).expect("a certificate");
    let stale = format!("{signing}{ENCRYPTION}{encryption}");
    set.saml.ctl(json!({ "service": stale })).await;
    let reason = set.refused(StatusCode::UNAUTHORIZED).await;
    assert!(reason.contains("cannot be decrypted"), "{reason}");

    let rows = audit::list(&set.org.owner().ctx, 100).await;
    let rows = rows.expect("the log");
    for action in ["sso_provider.create_key", "sso_provider.remove_key"] {
        assert_eq!(rows.iter().filter(|row| row.action == action).count(), 1);
    }
}

async fn only_a_provider_that_speaks_saml_has_a_key_of_this_server(app: TestApp) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    let app = oidc.app(&app).await;
    let owner = owner(&app, &org);
    let provider = oidc::create(&owner, &oidc.settings()).await;
    for change in [RENEW, REMOVE] {
        let code = owner.code(change, json!({ "id": provider })).await;
        assert_eq!(code, "INVALID_INPUT");
    }
}
