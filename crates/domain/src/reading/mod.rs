//! What a caller may read who has the permission to read on folders or pipelines only.
//!
//! Whoever has it in the organization reads everything there, by the same statements as if there were no such
//! limits. For everybody else, what they may not read does not exist: ids are not found, and lists, searches
//! and counts leave it out. A pipeline and its runs are in the folder in which the pipeline is now.

mod repo;

use std::collections::HashSet;

use sea_orm::DbErr;
use types::{FolderId, PipelineId};
use uuid::Uuid;

pub(crate) use repo::condition;

use crate::{Ctx, access::Permission};

/// The most pipelines whose folders are read in one statement.
const TOGETHER: usize = 500;

impl Ctx {
    /// Whether the caller has the permission in the whole organization.
    pub(crate) fn reads_all(&self, permission: Permission) -> bool {
        self.rights.permissions.has(permission)
    }

    /// Whether the caller has the permission on a pipeline that is in this folder, or in none.
    pub(crate) fn reads(
        &self,
        permission: Permission,
        pipeline: PipelineId,
        folder: Option<FolderId>,
    ) -> bool {
        self.rights.at(pipeline, folder, None).has(permission)
    }

    /// Those of the pipelines on which the caller has the permission. Queries the database only if a folder
    /// could give it.
    pub(crate) async fn readable(
        &self,
        permission: Permission,
        pipelines: &[PipelineId],
    ) -> Result<HashSet<PipelineId>, DbErr> {
        let all = pipelines.iter().copied();
        let (mut found, others): (HashSet<PipelineId>, HashSet<PipelineId>) =
            all.partition(|id| self.reads(permission, *id, None));
        if others.is_empty() || !self.rights.by_folders().has(permission) {
            return Ok(found);
        }
        let others: Vec<Uuid> = others.into_iter().map(|id| id.0).collect();
        for ids in others.chunks(TOGETHER) {
            for row in repo::folders_of(self, ids).await? {
                let (id, folder) = (PipelineId(row.id), row.folder_id.map(FolderId));
                if self.reads(permission, id, folder) {
                    found.insert(id);
                }
            }
        }
        Ok(found)
    }

    /// Whether the caller has the permission on a pipeline.
    pub(crate) async fn can_read(
        &self,
        permission: Permission,
        pipeline: PipelineId,
    ) -> Result<bool, DbErr> {
        let found = self.readable(permission, &[pipeline]).await?;
        Ok(found.contains(&pipeline))
    }
}
