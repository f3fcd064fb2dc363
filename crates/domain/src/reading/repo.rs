//! Reads the folders of pipelines, and restricts statements to the pipelines that a caller may read.

use sea_orm::{DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::{
    Ctx,
    access::{Permission, Rights},
    db::{places, with_ids},
    tenancy::SCOPE,
};

/// A pipeline and the folder that it is in.
#[derive(Debug, FromQueryResult)]
pub struct FolderRow {
    pub id: Uuid,
    pub folder_id: Option<Uuid>,
}

/// The folders of those of these pipelines that exist, in no order.
pub async fn folders_of(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<FolderRow>, DbErr> {
    let (condition, values) = with_ids("p.", ids);
    let sql = format!(
        "SELECT p.id, p.folder_id FROM pipelines p WHERE {SCOPE} AND {condition} LIMIT {}",
        values.len()
    );
    ctx.rows(&sql, values).await
}

/// The condition that selects the pipelines on which rights give a permission, in a statement where `alias`
/// is the table of pipelines. Adds the values to bind, which are `$2` and following.
pub(crate) fn condition(
    rights: &Rights,
    permission: Permission,
    alias: &str,
    values: &mut Vec<Value>,
) -> String {
    if rights.permissions.has(permission) {
        return "1 = 1".to_owned();
    }
    let mut any = Vec::new();
    let folders: Vec<Uuid> = rights.folders.with(permission).map(|id| id.0).collect();
    let pipelines: Vec<Uuid> = rights.pipelines.with(permission).map(|id| id.0).collect();
    for (column, ids) in [("folder_id", folders), ("id", pipelines)] {
        if ids.is_empty() {
            continue;
        }
        let (list, more) = places(values.len() + 2, &ids);
        values.extend(more);
        any.push(format!("{alias}.{column} IN ({list})"));
    }
    if let Some(both) = &rights.together {
        let one = condition(&both.0, permission, alias, values);
        let two = condition(&both.1, permission, alias, values);
        any.push(format!("({one} AND {two})"));
    }
    match any.is_empty() {
        true => "1 = 0".to_owned(),
        false => format!("({})", any.join(" OR ")),
    }
}

#[cfg(test)]
mod tests {
    use types::{FolderId, PipelineId};

    use super::*;
    use crate::access::{Object, PermissionSet, Role};

    #[test]
    fn the_condition_names_what_is_granted_and_is_never_met_without_a_grant() {
        let read = Permission::RunRead;
        let [folder, one] = [1, 2].map(Uuid::from_u128);
        let on = |object: Object| {
            let mut rights = Rights::from(PermissionSet::NONE);
            rights.add(object, Role::Viewer.permissions());
            rights
        };
        let (in_folder, on_one) = (
            on(Object::Folder(FolderId(folder))),
            on(Object::Pipeline(PipelineId(one))),
        );
        let written = |rights: &Rights| {
            let mut values = vec![Value::from(7_i64)];
            (condition(rights, read, "p", &mut values), values)
        };
        assert_eq!(written(&PermissionSet::NONE.into()).0, "1 = 0");
        assert_eq!(written(&Role::Viewer.into()).0, "1 = 1");
        let (sql, values) = written(&in_folder);
        assert_eq!(sql, "(p.folder_id IN ($3))");
        assert_eq!(values, [Value::from(7_i64), Value::from(folder)]);
        let (sql, values) = written(&in_folder.both(&on_one));
        assert_eq!(sql, "(((p.folder_id IN ($3)) AND (p.id IN ($4))))");
        assert_eq!(values.len(), 3);
    }
}
