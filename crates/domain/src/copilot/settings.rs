//! How an organization uses the co-pilot. Without settings of its own, it is on if the server has a default
//! provider.

use serde_json::json;
use types::Money;

use super::{CopilotError, repo};
use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    organizations::OwnRights,
    text,
};

/// The largest budget, in millionths of a dollar.
const MAX_BUDGET: i64 = 1_000_000 * 1_000_000;

/// How an organization uses the co-pilot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopilotSettings {
    /// Whether the co-pilot can be asked.
    pub enabled: bool,
    /// The provider that is asked; `None` for the server's default.
    pub provider: Option<String>,
    /// The model that is asked; `None` for the provider's default.
    pub model: Option<String>,
    /// What the exchanges of 24 hours may cost; `None`: no limit.
    pub daily_budget: Option<Money>,
    /// The names of the providers that the server has.
    pub providers: Vec<String>,
}

/// New settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetSettings<'a> {
    /// Whether the co-pilot can be asked.
    pub enabled: bool,
    /// The provider; `None` for the server's default.
    pub provider: Option<&'a str>,
    /// The model; `None` for the provider's default.
    pub model: Option<&'a str>,
    /// What the exchanges of 24 hours may cost. The outer `None` leaves it as it is; the inner one: no limit.
    pub daily_budget: Option<Option<Money>>,
}

/// How the caller's organization uses the co-pilot.
pub async fn settings(ctx: &Ctx) -> Result<CopilotSettings> {
    ctx.authorize(Permission::OrganizationRead).await?;
    current(ctx).await
}

/// Like [`settings`], for use cases that have checked permissions of their own.
pub(super) async fn current(ctx: &Ctx) -> Result<CopilotSettings> {
    let row = repo::settings(ctx).await?;
    Ok(of(ctx, row))
}

fn of(ctx: &Ctx, row: Option<repo::SettingsRow>) -> CopilotSettings {
    let providers = ctx.app.providers();
    let row = row.unwrap_or_else(|| repo::SettingsRow {
        enabled: providers.default_name().is_some(),
        provider: None,
        model: None,
        daily_budget: None,
    });
    CopilotSettings {
        enabled: row.enabled,
        provider: row.provider,
        model: row.model,
        daily_budget: row.daily_budget.map(Money),
        providers: providers.list().map(|(name, ..)| name.to_owned()).collect(),
    }
}

/// Changes how the organization uses the co-pilot. Exchanges under way are not concerned.
pub async fn set_settings(ctx: &Ctx, new: SetSettings<'_>) -> Result<CopilotSettings> {
    ctx.authorize_person(Permission::OrganizationUpdate).await?;
    let named = |field: &str, name: Option<&str>| {
        name.filter(|name| !name.trim().is_empty())
            .map(|name| text::line(field, name, 200))
            .transpose()
    };
    let provider = named("provider", new.provider)?;
    let model = named("model", new.model)?;
    if let Some(name) = &provider
        && !ctx.app.providers().list().any(|(known, ..)| known == name)
    {
        return Err(CopilotError::UnknownProvider(name.clone()).into());
    }
    if let Some(Some(budget)) = new.daily_budget
        && !(0..=MAX_BUDGET).contains(&budget.0)
    {
        return Err(AppError::invalid(
            "dailyBudgetUsd",
            "must be from 0 to 1,000,000",
        ));
    }
    if new.enabled {
        let ready = ctx.app.providers().get(provider.as_deref());
        ready.map_err(|error| CopilotError::NoModel(error.message))?;
    }
    let OwnRights { tx, .. } = OwnRights::lock(ctx, Permission::OrganizationUpdate).await?;
    let before = repo::settings_in(&tx, ctx.org).await?;
    let kept = before.as_ref().and_then(|row| row.daily_budget);
    let row = repo::SettingsRow {
        enabled: new.enabled,
        provider,
        model,
        daily_budget: match new.daily_budget {
            Some(budget) => budget.map(|budget| budget.0),
            None => kept,
        },
    };
    repo::set_settings(&tx, ctx.org, &row, ctx.clock().now()).await?;
    let detail = json!({
        "enabled": row.enabled,
        "provider": row.provider,
        "model": row.model,
        "dailyBudgetMicros": row.daily_budget,
    });
    let entry = Entry::new("copilot.settings", "organization", ctx.org).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(of(ctx, Some(row)))
}
