//! Where statements read runs from: from all of the organization, or from those that the caller may read.

use sea_orm::Value;

use crate::{Ctx, access::Permission, reading};

/// The tables and the first conditions of a statement that reads runs, newest first. More conditions may
/// follow, each preceded by ` AND `: `within` and that of `below`.
///
/// For whoever may read all runs, these are the table and its organization. For everybody else, the newest
/// `looked_at` runs are chosen from those of each visible pipeline, so that the effort, and where a page
/// ends, depend on no other runs. `within` are conditions on columns of runs; `below` says that `$2` is a key
/// below which the runs are. Adds the values to bind.
pub fn of(ctx: &Ctx, within: &str, below: bool, looked_at: u32, values: &mut Vec<Value>) -> String {
    if ctx.reads_all(Permission::RunRead) {
        return "runs WHERE org_id = $1 AND {scope}".to_owned();
    }
    let pipelines = reading::condition(&ctx.rights, Permission::RunRead, "p", values);
    let below = if below { " AND x.id < $2" } else { "" };
    let newest = format!(
        "SELECT x.id AS found FROM runs x \
         WHERE x.org_id = $1 AND x.pipeline_id = p.id{below}{within} \
         ORDER BY x.id DESC LIMIT {looked_at}"
    );
    let visible = if ctx.db().is_postgres() {
        format!(
            "SELECT s.found FROM pipelines p CROSS JOIN LATERAL ({newest}) s \
             WHERE p.org_id = $1 AND {pipelines} ORDER BY s.found DESC LIMIT {looked_at}"
        )
    } else {
        // SQLite has no LATERAL. It keeps the order of the tables of a CROSS JOIN.
        format!(
            "SELECT s.id AS found FROM pipelines p CROSS JOIN runs s \
             WHERE p.org_id = $1 AND s.org_id = $1 AND {pipelines} AND s.id IN ({newest}) \
             ORDER BY s.id DESC LIMIT {looked_at}"
        )
    };
    format!(
        "({visible}) seen CROSS JOIN runs \
         WHERE runs.org_id = $1 AND {{scope}} AND runs.id = seen.found"
    )
}
