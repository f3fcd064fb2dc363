//! The job that lets people in who wait, as soon as they have what they wait for.

use serde::{Deserialize, Serialize};
use types::OrgId;

use super::{settle_all, users};
use crate::{
    App, Ctx, Tx,
    error::Result,
    queue::{self, ActsAs, Job, Running},
};

/// Looks again at everybody who is provisioned but not a member yet. [`settle_soon`] enqueues it.
#[derive(Debug, Serialize, Deserialize)]
pub struct SettleWaiting {}

impl Job for SettleWaiting {
    const QUEUE: &'static str = "provisioning.settle";
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        let joined = settle_all(&job.ctx).await?;
        tracing::debug!(joined, "people who waited were looked at again");
        Ok(())
    }
}

/// Enqueues the job in those organizations in which somebody waits. Called in the transaction of a
/// change that may be what they wait for, which must be scoped to the organizations: a domain was
/// proved, an address was verified, or somebody became a member.
pub async fn settle_soon(tx: &Tx, app: &App, orgs: &[OrgId], request_id: &str) -> Result<()> {
    for org in orgs {
        if *org == OrgId::SERVER || !users::repo::somebody_waits(tx, *org).await? {
            continue;
        }
        let ctx = Ctx {
            org: *org,
            ..Ctx::of_server(app, "provisioning", request_id)
        };
        let job = SettleWaiting {};
        queue::enqueue(tx, &ctx, &job, std::time::Duration::ZERO).await?;
    }
    Ok(())
}
