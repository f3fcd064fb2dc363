//! The tokens of logins: one file in the user's folder, which nobody else can read.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::Failed;

/// The name of the file.
const FILE: &str = "credentials.json";

/// The tokens of one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: String,
    /// When the access token expires.
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    /// The server of the last login.
    last: Option<String>,
    #[serde(default)]
    servers: BTreeMap<String, Tokens>,
}

/// The file.
pub struct Store {
    folder: PathBuf,
    content: Content,
}

impl Store {
    /// Reads the file in a folder. Without one, there are no logins.
    pub fn open(folder: PathBuf) -> Result<Self, Failed> {
        let path = folder.join(FILE);
        let content = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                Failed::file(format!(
                    "{}: cannot be understood ({error}); delete it and sign in again",
                    path.display()
                ))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Content::default(),
            Err(error) => return Err(Failed::file(format!("{}: {error}", path.display()))),
        };
        Ok(Self { folder, content })
    }

    /// The server of the last login.
    pub fn last(&self) -> Option<&str> {
        self.content.last.as_deref()
    }

    /// The tokens of a server.
    pub fn get(&self, server: &str) -> Option<&Tokens> {
        self.content.servers.get(server)
    }

    /// Keeps the tokens of a server.
    pub fn put(&mut self, server: &str, tokens: Tokens) -> Result<(), Failed> {
        self.content.last = Some(server.to_owned());
        self.content.servers.insert(server.to_owned(), tokens);
        self.write()
    }

    /// Removes the tokens of a server.
    pub fn remove(&mut self, server: &str) -> Result<(), Failed> {
        self.content.servers.remove(server);
        if self.last() == Some(server) {
            self.content.last = self.content.servers.keys().next().cloned();
        }
        self.write()
    }

    /// Writes the whole file under another name first, so that a crash leaves the old one.
    fn write(&self) -> Result<(), Failed> {
        let path = self.folder.join(FILE);
        let unfinished = self.folder.join(format!("{FILE}.{}", std::process::id()));
        let written = (|| {
            std::fs::create_dir_all(&self.folder)?;
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&unfinished)?;
            file.write_all(&serde_json::to_vec_pretty(&self.content)?)?;
            file.sync_all()?;
            std::fs::rename(&unfinished, &path)
        })();
        written
            .map_err(|error: std::io::Error| Failed::file(format!("{}: {error}", path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(name: &str) -> Tokens {
        Tokens {
            access_token: name.to_owned(),
            refresh_token: format!("next {name}"),
            expires_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn tokens_are_kept_for_each_server_in_a_file_of_the_user_s_own() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("flowmason");
        let mut store = Store::open(place.clone()).unwrap();
        assert_eq!(store.last(), None);
        store.put("https://a.example", tokens("a")).unwrap();
        store.put("https://b.example", tokens("b")).unwrap();
        let mut store = Store::open(place.clone()).unwrap();
        assert_eq!(store.last(), Some("https://b.example"));
        assert_eq!(store.get("https://a.example"), Some(&tokens("a")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(place.join(FILE)).unwrap().permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
        }
        store.remove("https://b.example").unwrap();
        let store = Store::open(place.clone()).unwrap();
        assert_eq!(store.last(), Some("https://a.example"));
        assert_eq!(store.get("https://b.example"), None);
        std::fs::write(place.join(FILE), "{").unwrap();
        let failed = Store::open(place).err().unwrap();
        assert!(failed.message.contains(FILE), "{}", failed.message);
    }
}
