//! Mail without an SMTP server: the links that only a mail could bring are written to files in the
//! folder `mail` of the data folder, from where the administrator passes them on.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Duration, Utc};
use mailer::Mail;
use types::{ErrorCode, MailId};

use crate::{
    App,
    error::{AppError, Result},
};

/// How long a file is kept.
const RETENTION: Duration = Duration::hours(24);

/// The folder.
pub fn path(app: &App) -> PathBuf {
    app.settings().data_dir.join("mail")
}

/// Writes the text of a mail to a file that only the server's user can read.
pub async fn write(app: &App, id: MailId, mail: &Mail) -> Result<()> {
    let folder = path(app);
    let file = folder.join(format!("{id}.txt"));
    let text = format!(
        "To: {}\nSubject: {}\n\n{}",
        mail.to, mail.content.subject, mail.content.text
    );
    let written = tokio::task::spawn_blocking(move || create(&folder, &file, &text)).await;
    written.map_err(AppError::internal)?.map_err(|error| {
        let folder = path(app);
        let message = format!(
            "A mail could not be written to {}: {error}",
            folder.display()
        );
        AppError::new(ErrorCode::Unavailable, message)
    })
}

fn create(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}

/// Removes files whose links have expired.
pub fn forget(app: &App, now: DateTime<Utc>) {
    let Ok(files) = fs::read_dir(path(app)) else {
        return;
    };
    for file in files.flatten() {
        let written = file.metadata().and_then(|data| data.modified());
        if written.is_ok_and(|at| DateTime::<Utc>::from(at) < now - RETENTION) {
            fs::remove_file(file.path()).ok();
        }
    }
}
