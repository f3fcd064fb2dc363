//! Letters about requests: to those who may decide, and to whoever requested.
//!
//! A server that sends no mail writes none. The dashboard shows the requests in any case.

use chrono::Duration;
use types::PublicationId;
use uuid::Uuid;

use super::{Publication, PublicationStatus, TO_DECIDE, entity, repo};
use crate::{
    Ctx, Tx,
    access::PermissionSet,
    error::Result,
    mail::{self, Language, Letter, Outgoing},
    organizations,
    pipelines::{self, Pipeline},
};

/// The largest number of people who get a letter about a request.
const MAX_TOLD: usize = 50;

/// How many members are read at a time.
const PAGE: usize = 500;

/// How long sending the letter about the decision is retried.
const LASTS: Duration = Duration::days(3);

/// Writes to those who may decide about a request, except to whoever made it or has unsubscribed: at most
/// [`MAX_TOLD`], in the order of their ids. Does nothing if the request was decided or the pipeline deleted
/// meanwhile, or if this was done before.
pub async fn to_deciders(ctx: &Ctx, id: PublicationId) -> Result<()> {
    let now = ctx.clock().now();
    let Some(row) = repo::find(ctx, id).await? else {
        // It was removed with its pipeline.
        return Ok(());
    };
    let request = Publication::of(row, now)?;
    let Some(until) = request.expires_at.filter(|_| mail::is_on(&ctx.app)) else {
        return Ok(());
    };
    let pipeline = pipelines::get(ctx, request.pipeline).await?;
    if pipeline.deleted.is_some() {
        return Ok(());
    }
    let organization = organizations::name(ctx).await?;
    let letter = |unsubscribe| Letter::PublicationRequested {
        organization: organization.clone(),
        pipeline: pipeline.name.clone(),
        version: request.version_number,
        name: request.requested_by.name.clone(),
        until: until.format("%Y-%m-%d %H:%M UTC").to_string(),
        link: link(ctx, &pipeline),
        unsubscribe,
    };
    let tx = ctx.begin().await?;
    if mail::is_posted(&tx, ctx, id.0).await? {
        return Ok(());
    }
    let unwanted = mail::unsubscribed(&tx, ctx).await?;
    let (mut after, mut told) = (Uuid::nil(), 0);
    while told < MAX_TOLD {
        let page = organizations::addressed_after(&tx, (ctx.org, after), now, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.user_id;
        for member in &page {
            // A member whose role the program does not know has no rights.
            let Ok(rights) = member.stored.rights() else {
                continue;
            };
            let place = (pipeline.id, pipeline.folder);
            let own = rights.at(place.0, place.1, Some(request.environment));
            let person = member.user_id;
            let left_out =
                request.requested_by_person == Some(person) || unwanted.contains(&person);
            if told == MAX_TOLD || left_out || PermissionSet::from_iter(TO_DECIDE).exceeds(own) {
                continue;
            }
            let letter = letter(mail::unsubscribe_link(ctx, person)?);
            let to = (member.email.as_str(), member.language());
            post(&tx, ctx, to, (&letter, id), until - now).await?;
            told += 1;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Writes to whoever made a request that it was approved or refused, in the transaction of the decision.
/// Somebody who withdrew it, or has left the organization, gets no letter; nor does anybody still get the
/// one that asks for a decision.
pub async fn to_requester(
    tx: &Tx,
    ctx: &Ctx,
    row: &entity::Model,
    decided: &Publication,
) -> Result<()> {
    mail::withdraw(tx, ctx, row.id).await?;
    let other = row.requested_by_person.filter(|_| mail::is_on(&ctx.app));
    let Some(person) = other.filter(|person| Some(*person) != ctx.actor.id) else {
        return Ok(());
    };
    let Some((address, language)) = organizations::address_of(tx, ctx.org, person).await? else {
        return Ok(());
    };
    // The mail is sent even if the second person leaves at once.
    let system = Ctx {
        org: ctx.org,
        ..Ctx::of_server(&ctx.app, "publications", &ctx.request_id)
    };
    let pipeline = pipelines::get(&system, decided.pipeline).await?;
    let letter = Letter::PublicationDecided {
        organization: organizations::name(&system).await?,
        pipeline: pipeline.name.clone(),
        version: decided.version_number,
        name: ctx.actor.name.to_string(),
        approved: decided.status == PublicationStatus::Published,
        link: link(ctx, &pipeline),
    };
    let to = (address.as_str(), language);
    post(tx, &system, to, (&letter, decided.id), LASTS).await
}

/// The page on which the request is approved or refused.
fn link(ctx: &Ctx, pipeline: &Pipeline) -> String {
    mail::link(
        &ctx.app,
        &format!("/pipelines/{}?tab=environments", pipeline.id),
    )
}

async fn post(
    tx: &Tx,
    ctx: &Ctx,
    (to, language): (&str, Language),
    (letter, about): (&Letter, PublicationId),
    lasts: Duration,
) -> Result<()> {
    let outgoing = Outgoing {
        to,
        letter,
        language,
        about: about.0,
        expires_at: ctx.clock().now() + lasts,
    };
    mail::post(tx, ctx, outgoing).await.map(drop)
}
