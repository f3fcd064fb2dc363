//! The permission check that every use case begins with.
//!
//! It combines `access` (permissions), `ctx` (the caller), `audit` (the log of refusals) and `folders`,
//! so that those modules need not depend on each other.
//!
//! Rights are loaded with the caller, so a check costs no statement. The only exception is a caller
//! without the permission who has it on some folder: then the pipeline's folder is read.

use serde_json::{Value as Json, json};
use types::{ErrorCode, FolderId, PipelineId};

use crate::{
    Ctx,
    access::{Environment, Permission, PermissionSet},
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
    folders,
};

impl Ctx {
    /// Checks that the caller has a permission. Every use case calls this first. A refusal is
    /// written to the audit log in a separate transaction.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission, and for an API key or application if only people can use it.
    pub async fn authorize(&self, permission: Permission) -> Result<()> {
        if !self.rights.permissions.has(permission) {
            return Err(self.refuse_without(permission).await);
        }
        match permission.is_for_people_only() {
            true => self.require_person(permission).await,
            false => Ok(()),
        }
    }

    /// Like [`Ctx::authorize`], for what is done to one pipeline: a grant on the pipeline or on its
    /// folder suffices. For its runs and publications, see [`Ctx::authorize_in`].
    pub async fn authorize_on(&self, permission: Permission, pipeline: PipelineId) -> Result<()> {
        let needed = PermissionSet::from_iter([permission]);
        self.require_none(self.missing_at(needed, pipeline, None).await?)
            .await
    }

    /// Like [`Ctx::authorize`], for what is done in a folder: a grant on the folder suffices.
    pub async fn authorize_at(&self, permission: Permission, folder: FolderId) -> Result<()> {
        let own = self.rights.permissions.or(self.rights.folders.of(folder));
        match own.has(permission) {
            true => Ok(()),
            false => Err(self.refuse_without(permission).await),
        }
    }

    /// Like [`Ctx::authorize_on`], for what happens with a pipeline in an environment: its runs and its
    /// publications. A grant on the environment suffices, too. In production, the caller needs
    /// [`Permission::ProductionUse`] as well.
    pub async fn authorize_in(
        &self,
        permission: Permission,
        pipeline: PipelineId,
        environment: Environment,
    ) -> Result<()> {
        let missing = self.missing_in(permission, pipeline, environment).await?;
        self.require_none(missing).await
    }

    /// The permissions that the caller lacks for what [`Ctx::authorize_in`] checks. Nothing is refused
    /// and no audit row is written.
    pub(crate) async fn missing_in(
        &self,
        permission: Permission,
        pipeline: PipelineId,
        environment: Environment,
    ) -> Result<PermissionSet> {
        let production =
            (environment == Environment::Production).then_some(Permission::ProductionUse);
        let needed: PermissionSet = [permission].into_iter().chain(production).collect();
        self.missing_at(needed, pipeline, Some(environment)).await
    }

    /// Those of the needed permissions that the caller has neither on the pipeline, nor in the
    /// environment, nor on the pipeline's folder.
    async fn missing_at(
        &self,
        needed: PermissionSet,
        pipeline: PipelineId,
        environment: Option<Environment>,
    ) -> Result<PermissionSet> {
        let missing = needed.without(self.rights.at(pipeline, None, environment));
        if missing.is_empty() || missing.exceeds(self.rights.by_folders()) {
            return Ok(missing);
        }
        let folder = folders::of_pipeline(self, pipeline).await?;
        Ok(needed.without(self.rights.at(pipeline, folder, environment)))
    }

    /// Refuses a caller who lacks permissions.
    async fn require_none(&self, missing: PermissionSet) -> Result<()> {
        match missing.iter().next() {
            None => Ok(()),
            Some(permission) => Err(self.refuse_without(permission).await),
        }
    }

    /// Like [`Ctx::authorize_on`] and [`Ctx::authorize_in`], while the pipeline is not known yet: a grant
    /// on anything suffices. If the use case concerns a pipeline, it must call one of them once it knows
    /// which.
    pub async fn authorize_anywhere(&self, permission: Permission) -> Result<()> {
        match self.rights.anywhere(permission) {
            true => Ok(()),
            false => Err(self.refuse_without(permission).await),
        }
    }

    /// Writes the refusal of a caller without the permission.
    async fn refuse_without(&self, permission: Permission) -> AppError {
        let own = match &self.rights.role {
            Some(role) => format!("your role ({role}) does not have"),
            None => "you do not have".to_owned(),
        };
        let roles: Vec<&str> = permission
            .roles()
            .iter()
            .map(|role| role.as_str())
            .collect();
        let message = format!(
            "This requires the permission `{permission}`, which {own}; these roles have it: {}",
            roles.join(", ")
        );
        self.refuse(permission, message).await
    }

    /// Like [`Ctx::authorize`], for actions that no API key and no application may do (creating keys,
    /// setting passwords).
    pub async fn authorize_person(&self, permission: Permission) -> Result<()> {
        self.authorize(permission).await?;
        self.require_person(permission).await
    }

    /// Refuses API keys and applications, after the permission was checked.
    pub(crate) async fn require_person(&self, permission: Permission) -> Result<()> {
        if self.actor.kind == ActorKind::User {
            return Ok(());
        }
        let message = format!(
            "This requires a signed-in person; an API key or an application may not do it ({permission})"
        );
        Err(self.refuse(permission, message).await)
    }

    /// Checks that the person proved their identity recently ([`Settings::fresh_proof`]), by signing
    /// in or by a step-up (`identity::step_up`). Changes with which a stolen session could be kept or
    /// extended call it after [`Ctx::authorize_person`].
    ///
    /// API keys cannot prove an identity, so they never pass. The system always does. The answer to a
    /// person is a question, not a refusal, so it has no entry in the audit log; the proof has one.
    ///
    /// # Errors
    /// `STEP_UP_REQUIRED` if the proof is too old. The caller can give a new one and try again.
    ///
    /// [`Settings::fresh_proof`]: crate::Settings::fresh_proof
    pub fn require_fresh_proof(&self) -> Result<()> {
        let limit = self.app.settings().fresh_proof;
        let age = self.proved_at.map(|at| self.clock().now() - at);
        let fresh = age.is_some_and(|age| age.to_std().unwrap_or_default() <= limit);
        if fresh || self.actor.kind == ActorKind::System {
            return Ok(());
        }
        Err(AppError::new(
            ErrorCode::StepUpRequired,
            "Prove that it is you, with your password, a code or a passkey, or by signing in again; then \
             try again",
        ))
    }

    /// Checks that the session reaches the whole account. Changes of what a person has everywhere
    /// (the password, the address, the second factor) call it: an organization's identity provider
    /// can open sessions in its organization, and must not reach others through them.
    ///
    /// # Errors
    /// `FORBIDDEN`, with an audit row, in a session that an organization's identity provider opened.
    pub async fn require_whole_account(&self) -> Result<()> {
        if !self.limited {
            return Ok(());
        }
        let detail = json!({ "reason": "a session of single sign-on cannot change the account" });
        self.note_refusal(Permission::ProfileUpdate, detail).await?;
        Err(AppError::new(
            ErrorCode::Forbidden,
            "You signed in with your organization's single sign-on, and such a session cannot change \
             your account; sign in with your password or a passkey. Without a password, use \
             \"Forgot password?\". If that sends nothing, ask your administrator to have the domain \
             of your email address proved",
        ))
    }

    /// Like [`Ctx::require_fresh_proof`], if the permissions include managing members: whoever gets
    /// them could give the organization away.
    pub fn require_fresh_proof_for(&self, permissions: PermissionSet) -> Result<()> {
        if permissions.has(Permission::MemberManage) {
            return self.require_fresh_proof();
        }
        Ok(())
    }

    /// Like `OwnRights::covers`, before the change has begun, with the permissions of the request: refuses, with an audit row, if there are permissions that the caller lacks.
    pub(crate) async fn require_own(
        &self,
        permission: Permission,
        field: &str,
        what: &str,
        permissions: PermissionSet,
    ) -> Result<()> {
        let own = self.rights.permissions;
        if !permissions.exceeds(own) {
            return Ok(());
        }
        let refused = self.refuse_more(permission, field, what, permissions, own);
        Err(refused.await)
    }

    /// Refuses to grant or to change something with permissions that are not among the caller's `own`
    /// ones, with an audit row. `what` is the holder of the permissions: `the role admin`. Returns the
    /// error.
    pub(crate) async fn refuse_more(
        &self,
        permission: Permission,
        field: &str,
        what: &str,
        permissions: PermissionSet,
        own: PermissionSet,
    ) -> AppError {
        let more = permissions.without(own);
        let message = format!(
            "{field}: {what} has permissions that you do not have yourself ({more}); ask somebody \
             who has them"
        );
        self.refuse(permission, message).await
    }

    /// Writes an audit row about a refusal, in a separate transaction, and returns the error with the
    /// given message.
    pub(crate) async fn refuse(&self, permission: Permission, message: String) -> AppError {
        let role = self.rights.role.as_ref().map(ToString::to_string);
        let written = self.note_refusal(permission, json!({ "role": role })).await;
        tracing::warn!(org = %self.org, %permission, role, "permission refused");
        match written {
            Ok(()) => AppError::new(ErrorCode::Forbidden, message)
                .with("permission", json!(permission.as_str())),
            Err(error) => error,
        }
    }

    /// Writes an audit row about a refusal, in a transaction of its own: the one of the change, if it has
    /// begun, is rolled back.
    async fn note_refusal(&self, permission: Permission, detail: Json) -> Result<()> {
        let tx = self.begin().await?;
        let entry = Entry::new("access.refused", "permission", permission.as_str()).detail(detail);
        audit::write(&tx, self, entry).await?;
        Ok(tx.commit().await?)
    }
}
