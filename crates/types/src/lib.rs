//! What every crate uses: typed ids, the clock, error codes, page cursors, money, and which URLs are
//! the machine's own.
//!
//! No I/O and no async. Knows nothing about databases, the web or pipelines.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]

pub mod clock;
pub mod cursor;
pub mod error_code;
pub mod fold;
pub mod hex;
pub mod id;
pub mod loopback;
pub mod money;
pub mod sentence;

pub use clock::Clock;
pub use cursor::Cursor;
pub use error_code::ErrorCode;
pub use fold::fold;
pub use hex::hex;
pub use id::{
    ApiKeyId, ApplicationGrantId, ApplicationId, AuditId, CopilotExchangeId, DomainId, EventId,
    ExternalIdentityId, FolderId, GrantId, IdError, InvitationId, JobId, MailId, OrgId, PasskeyId,
    PipelineId, PipelineVersionId, PublicationId, RoleId, RunId, RunOperationId, SavedViewId,
    ScimGroupId, ScimRequestId, ScimTokenId, ScimUserId, ServiceAccountId, SessionId,
    SsoProviderId, TeamId, TokenFamilyId, TriggerBackfillId, TriggerFiringId, TriggerId, UploadId,
    UserId, WebhookEndpointId, WebhookMessageId,
};
pub use loopback::is_loopback_url;
pub use money::Money;
pub use sentence::sentence;
