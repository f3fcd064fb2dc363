//! The mails about a change of an email address.

use chrono::{DateTime, Utc};

use super::{LASTS, entity::Model};
use crate::{
    App, Tx,
    error::Result,
    mail::{self, Language, Letter, Outgoing},
};

/// The page that confirms or refuses.
const CONFIRM_PAGE: &str = "/confirm-email";
/// The page that undoes a change.
const UNDO_PAGE: &str = "/undo-email";

/// The tokens of the two links.
pub(super) struct Tokens {
    /// For the new address.
    pub new: String,
    /// For the old address, if there is one.
    pub old: Option<String>,
}

/// The letters of one change, in the transaction of the change, which must include
/// `OrgId::SERVER`.
pub(super) struct Letters<'a> {
    pub app: &'a App,
    pub row: &'a Model,
    /// The person's name.
    pub name: &'a str,
    pub request_id: &'a str,
}

impl Letters<'_> {
    /// Asks both addresses to confirm; an old one that was not verified is only told. `taken`: another account has the new address; its owner is
    /// told so, and gets no link that would confirm.
    pub async fn ask(&self, tx: &Tx, tokens: &Tokens, taken: bool) -> Result<()> {
        let new = &self.row.new_email;
        let letter = if taken {
            Letter::AddressInUse {
                link: mail::link(self.app, "/sign-in"),
            }
        } else {
            Letter::ConfirmAddress {
                name: self.name.to_owned(),
                address: new.clone(),
                link: mail::link(self.app, &format!("{CONFIRM_PAGE}#{}", tokens.new)),
                hours: LASTS.num_hours(),
            }
        };
        self.post(tx, new, &letter, self.row.expires_at).await?;
        let (Some(old), Some(token)) = (&self.row.old_email, &tokens.old) else {
            return Ok(());
        };
        let letter = Letter::AllowAddressChange {
            name: self.name.to_owned(),
            address: new.clone(),
            link: mail::link(self.app, &format!("{CONFIRM_PAGE}#{token}")),
            hours: LASTS.num_hours(),
            needed: self.row.needs_old,
        };
        self.post(tx, old, &letter, self.row.expires_at).await
    }

    /// Asks the address for a proof, since single sign-on is enforced for its account.
    pub async fn ask_at_sign_in(
        &self,
        tx: &Tx,
        (organization, provider): (&str, &str),
        token: &str,
    ) -> Result<()> {
        let address = &self.row.new_email;
        let letter = Letter::ProveAddress {
            organization: organization.to_owned(),
            provider: provider.to_owned(),
            address: address.clone(),
            link: mail::link(self.app, &format!("{CONFIRM_PAGE}#{token}")),
            hours: LASTS.num_hours(),
        };
        self.post(tx, address, &letter, self.row.expires_at).await
    }

    /// Tells the old address that the change took effect, with the link that undoes it.
    pub async fn tell(
        &self,
        tx: &Tx,
        old: &str,
        (token, until): (&str, DateTime<Utc>),
    ) -> Result<()> {
        let letter = Letter::AddressChanged {
            name: self.name.to_owned(),
            address: self.row.new_email.clone(),
            link: mail::link(self.app, &format!("{UNDO_PAGE}#{token}")),
            until: until.format("%Y-%m-%d %H:%M UTC").to_string(),
        };
        self.post(tx, old, &letter, until).await
    }

    /// Withdraws the mails that are still on their way, whose links are no longer valid.
    pub async fn withdraw(&self, tx: &Tx) -> Result<()> {
        mail::withdraw(tx, &mail::server(self.app, self.request_id), self.row.id).await
    }

    async fn post(
        &self,
        tx: &Tx,
        to: &str,
        letter: &Letter,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        let outgoing = Outgoing {
            to,
            letter,
            language: Language::parse(&self.row.language).unwrap_or_default(),
            about: self.row.id,
            expires_at,
        };
        mail::post(tx, &mail::server(self.app, self.request_id), outgoing).await?;
        Ok(())
    }
}
