//! Whether the recipient of a letter may still know what it says. A letter can wait for hours, and rights can
//! end meanwhile. Who leaves the organization gets nothing that waits ([`super::withdraw_from`]); for what
//! else can change, the job asks here before it sends.

use types::ErrorCode;

use super::{entity::Model, repo};
use crate::{
    Ctx, Tx,
    access::{Permission, PermissionSet},
    error::Result,
    organizations,
};

/// Why a letter is not sent any more; `None`: it is. Only letters about requests to publish and about
/// triggers tell about the organization by a right that can end. Alarms are sent in any case.
pub(crate) async fn lost_right(ctx: &Ctx, row: &Model) -> Result<Option<&'static str>> {
    if !matches!(
        row.kind.as_str(),
        "publication_requested" | "publication_decided" | "trigger_trouble"
    ) {
        return Ok(None);
    }
    let tx = ctx.begin().await?;
    let lost = lost_in(&tx, ctx, row).await?;
    tx.rollback().await?;
    Ok(lost)
}

async fn lost_in(tx: &Tx, ctx: &Ctx, row: &Model) -> Result<Option<&'static str>> {
    let Some(person) = organizations::member_at(tx, ctx.org, &row.recipient).await? else {
        return Ok(Some(
            "This is no longer the address of a member of the organization",
        ));
    };
    let rights = organizations::rights_of_member(tx, ctx.clock(), ctx.org, person).await;
    let rights = match rights {
        // A role that the program does not know gives nothing.
        Err(error) if error.code == ErrorCode::Forbidden => None,
        other => other?,
    };
    let rights = rights.unwrap_or_else(|| PermissionSet::NONE.into());
    if matches!(row.kind.as_str(), "publication_decided" | "trigger_trouble") {
        return Ok(match rights.permissions.has(Permission::PipelineRead) {
            true => None,
            false => Some("The recipient may no longer view pipelines"),
        });
    }
    let Some(place) = repo::place_of_publication(tx, ctx.org, row.about_id).await? else {
        return Ok(Some("The request was removed with its pipeline"));
    };
    let own = rights.at(place.pipeline, place.folder, place.environment);
    match PermissionSet::from_iter(Permission::TO_DECIDE).exceeds(own) {
        true => Ok(Some("The recipient may no longer decide about the request")),
        false => Ok(None),
    }
}
