//! The SMTP client. It takes the steps of a delivery one by one, so that a failure is known by the
//! step at which it happened.

use std::{future::Future, time::Duration};

use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::AsyncSmtpConnection,
        commands::{Data, Mail as MailFrom, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use parking_lot::Mutex;
use tokio::time::{Instant, timeout};

use crate::{Failure, Mail, SendError, SmtpSettings, Stage, message, settings::Security};

/// How long connecting, with TLS, may take.
const CONNECT: Duration = Duration::from_secs(30);
/// How long one command may take.
const COMMAND: Duration = Duration::from_secs(60);
/// How long the server may take to confirm the content. It often checks it before it responds.
const CONFIRM: Duration = Duration::from_secs(150);
/// How long an unused connection is kept for the next mail.
const IDLE: Duration = Duration::from_secs(20);
/// How many unused connections are kept.
const KEPT: usize = 2;

/// A client of one SMTP server, which keeps a few connections for the next mails.
pub struct Mailer {
    settings: SmtpSettings,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Mailer {
    /// A client with these settings. It connects when the first mail is sent.
    pub fn new(settings: SmtpSettings) -> Self {
        Self {
            settings,
            idle: Mutex::default(),
        }
    }

    /// Sends a mail. `Ok` means that the server has taken responsibility for it. After an error the
    /// server may have taken it nevertheless, if its confirmation was lost.
    pub async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let (to, bytes) = message::build(&self.settings, mail)?;
        let mut connection = match self.kept().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let sent = self.deliver(&mut connection, to, &bytes).await;
        match &sent {
            Ok(()) => self.keep(connection),
            // The reply to QUIT does not matter.
            Err(_) => {
                let _ = timeout(Duration::from_secs(1), connection.abort()).await;
            }
        }
        sent
    }

    async fn deliver(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: Address,
        bytes: &[u8],
    ) -> Result<(), SendError> {
        let mut parameters = Vec::new();
        if !to.to_string().is_ascii() {
            let server = connection.server_info();
            if !server.supports_feature(Extension::SmtpUtfEight) {
                let why = format!("`{to}` is not in ASCII, which the server does not support");
                return Err(SendError::new(Failure::Rejected, Stage::Recipient, &why));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let sender = MailFrom::new(Some(self.settings.from.email.clone()), parameters);
        within(COMMAND, Stage::Sender, connection.command(sender)).await?;
        let recipient = Rcpt::new(to, Vec::new());
        within(COMMAND, Stage::Recipient, connection.command(recipient)).await?;
        within(COMMAND, Stage::Content, connection.command(Data)).await?;
        within(CONFIRM, Stage::Content, connection.message(bytes)).await?;
        Ok(())
    }

    /// A connection that was kept and still responds.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = self.idle.lock().pop()?;
            if since.elapsed() > IDLE {
                continue;
            }
            let check = timeout(Duration::from_secs(5), connection.test_connected());
            if check.await == Ok(true) {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock();
        idle.retain(|(_, since)| since.elapsed() <= IDLE);
        if idle.len() < KEPT {
            idle.push((connection, Instant::now()));
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let settings = &self.settings;
        let server = (settings.host.as_str(), settings.port);
        let hello = ClientId::Domain(settings.hello.clone());
        let wrapped = match settings.security {
            Security::Tls => settings.tls.clone(),
            Security::Starttls | Security::None => None,
        };
        let first = match wrapped {
            Some(_) => Stage::Tls,
            None => Stage::Connect,
        };
        let connecting =
            AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT), &hello, wrapped, None);
        let mut connection = within(CONNECT, first, connecting).await?;
        if settings.security == Security::Starttls
            && let Some(tls) = &settings.tls
        {
            if !connection.can_starttls() {
                let why = "it does not offer STARTTLS, and nothing is sent to it unencrypted";
                return Err(SendError::new(Failure::Misconfigured, Stage::Tls, why));
            }
            let starting = connection.starttls(tls.clone(), &hello);
            within(CONNECT, Stage::Tls, starting).await?;
        }
        if let Some((user, password)) = &settings.credentials {
            const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];
            if connection
                .server_info()
                .get_auth_mechanism(MECHANISMS)
                .is_none()
            {
                let why = "it offers neither AUTH PLAIN nor AUTH LOGIN";
                return Err(SendError::new(Failure::Misconfigured, Stage::SignIn, why));
            }
            let credentials = Credentials::new(user.clone(), password.clone());
            let signing_in = connection.auth(MECHANISMS, &credentials);
            within(COMMAND, Stage::SignIn, signing_in).await?;
        }
        Ok(connection)
    }
}

/// Limits the time of one step, and names it in its error.
async fn within<T>(
    limit: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, SendError> {
    match timeout(limit, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(SendError::of(stage, &error)),
        Err(_) => Err(SendError::timeout(stage, limit.as_secs())),
    }
}
