//! A test sign-in: no session is made, and the administrator sees what the provider sent and what was
//! refused.

use serde_json::json;
use types::SsoProviderId;

use super::{answer::Answer, begin, judge::Verdict};
use crate::{
    App, Ctx,
    audit::{self, Entry},
    error::{AppError, Result},
    identity::{
        SsoProviderError, secret,
        sso_providers::{
            SamlPerson, SamlProvider, SamlRefusal, SamlSeen, SamlTest, Source, role_of, tested,
        },
        sso_sign_in::{
            begin::keep as keep_attempt, domains::proves_address, entity::Model, purpose::Purpose,
            repo,
        },
    },
    roles,
};

/// The page at the end. It leads to the result in the settings, for which somebody must be signed in; the
/// test may be in another browser.
const PAGE: &str = "/test-done";

/// Begins a test sign-in, also at a provider that is turned off. Returns the address to open, in
/// whatever browser. The caller has checked the permission.
pub async fn begin_test(ctx: &Ctx, source: &Source) -> Result<String> {
    let state = secret::new(secret::STATE);
    let begun = begin(&ctx.app, source, &state).await?;
    let begun = begun.map_err(|_| SsoProviderError::NoMetadata)?;
    let kept = (Purpose::Test, None, PAGE);
    let redirect = keep_attempt(&ctx.app, source, &state, begun, kept).await?;
    if let Some((_, id)) = source.own {
        let tx = ctx.begin().await?;
        let entry = Entry::new("sso_provider.test", "sso_provider", SsoProviderId(id));
        let detail = json!({ "name": source.name });
        audit::write(&tx, ctx, entry.detail(detail)).await?;
        tx.commit().await?;
    }
    Ok(redirect.url)
}

/// Keeps the result of a test. Returns the path of the page that shows it.
pub async fn keep(
    app: &App,
    source: &Source,
    provider: &SamlProvider,
    attempt: &Model,
    verdict: Verdict,
) -> Result<String> {
    let report = match verdict {
        Ok(verified) => {
            let answer = Answer::of(&verified, source, provider)?;
            let person = person(app, source, &answer).await?;
            SamlTest {
                refusal: None,
                seen: SamlSeen::from(&verified.seen),
                person: Some(person),
            }
        }
        Err(refusal) => SamlTest {
            refusal: Some(SamlRefusal::from(&refusal)),
            seen: refusal
                .seen
                .as_deref()
                .map(SamlSeen::from)
                .unwrap_or_default(),
            person: None,
        },
    };
    let report = serde_json::to_string(&report).map_err(AppError::internal)?;
    let tx = app.db().begin(&[provider.own.0]).await?;
    if repo::take(&tx, attempt).await? {
        tested(&tx, provider.own, &report, app.clock().now()).await?;
    }
    tx.commit().await?;
    Ok(attempt.next.clone())
}

/// What signing in would give.
async fn person(app: &App, source: &Source, answer: &Answer) -> Result<SamlPerson> {
    let identity = answer.identity();
    let email_proved = proves_address(app, source, &identity).await?;
    let choice = role_of(&source.mappings, source.default_role, &identity.groups);
    let role = match (choice, source.joins) {
        (Some(choice), Some(org)) => {
            let tx = app.db().begin(&[org]).await?;
            let role = roles::still(&tx, app, org, choice).await?;
            tx.rollback().await?;
            role
        }
        _ => None,
    };
    Ok(SamlPerson {
        email_proved,
        role: role.map(|role| role.to_string()),
        subject: identity.subject,
        email: identity.email,
        name: identity.name,
        groups: identity.groups,
    })
}
