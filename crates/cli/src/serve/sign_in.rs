//! Identity providers of the whole server: the tables `[[sign_in]]` of the configuration file.

use std::{fs, path::PathBuf};

use domain::{Role, ServerProvider, SsoClient};
use serde::Deserialize;
use types::OrgId;

/// One identity provider (OpenID Connect), as it stands in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInProvider {
    /// The key in URLs: lowercase letters, digits and `-`.
    key: String,
    /// The name on the button.
    name: String,
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    /// A file with the secret, instead of `client_secret`.
    client_secret_file: Option<PathBuf>,
    #[serde(default = "usual_scopes")]
    scopes: Vec<String>,
    #[serde(default)]
    audiences: Vec<String>,
    groups_claim: Option<String>,
    /// The domains whose addresses the provider is believed about.
    #[serde(default)]
    domains: Vec<String>,
    /// The organization that people join.
    organization: Option<OrgId>,
    #[serde(default)]
    roles: Vec<RoleOfGroup>,
    default_role: Option<String>,
}

/// The role of a group's members.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleOfGroup {
    group: String,
    role: String,
}

fn usual_scopes() -> Vec<String> {
    vec!["email".to_owned(), "profile".to_owned()]
}

/// Checks all providers. An error names the provider, the setting and what is wrong.
pub fn providers(all: Vec<SignInProvider>) -> Result<Vec<ServerProvider>, String> {
    let mut checked: Vec<ServerProvider> = Vec::with_capacity(all.len());
    for one in all {
        let key = one.key.clone();
        let one = one.checked().map_err(|error| format!("`{key}`: {error}"))?;
        if checked.iter().any(|other| other.key == key) {
            return Err(format!("`{key}`: key: another provider has it, too"));
        }
        checked.push(one);
    }
    Ok(checked)
}

impl SignInProvider {
    fn checked(self) -> Result<ServerProvider, String> {
        let odd = |c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if self.key.is_empty() || self.key.len() > 40 || self.key.contains(odd) {
            return Err("key: use 1 to 40 lowercase letters, digits and `-`".to_owned());
        }
        if self.key == "callback" {
            return Err("key: `callback` is reserved; choose another".to_owned());
        }
        domain::identity::check_issuer(&self.issuer)?;
        let client_secret = match (self.client_secret, self.client_secret_file) {
            (Some(_), Some(_)) => {
                let both = "client_secret: is given together with client_secret_file; remove one";
                return Err(both.to_owned());
            }
            (None, Some(file)) => {
                let text = fs::read_to_string(&file).map_err(|error| {
                    format!(
                        "client_secret_file: {} cannot be read ({error})",
                        file.display()
                    )
                })?;
                Some(text.trim().to_owned())
            }
            (secret, None) => secret,
        };
        let mappings: Result<Vec<_>, String> = self
            .roles
            .into_iter()
            .map(|row| Ok((row.group, role("roles", &row.role)?)))
            .collect();
        let default_role = self.default_role.as_deref();
        let domains: Result<Vec<_>, String> =
            self.domains.iter().map(|one| domain_name(one)).collect();
        Ok(ServerProvider {
            key: self.key,
            name: self.name,
            provider: SsoClient {
                issuer: self.issuer,
                client_id: self.client_id,
                client_secret,
                scopes: self.scopes,
                audiences: self.audiences,
                groups_claim: self.groups_claim,
                redirect_uri: String::new(),
            },
            domains: domains?,
            organization: self.organization,
            mappings: mappings?,
            default_role: default_role
                .map(|word| role("default_role", word))
                .transpose()?,
        })
    }
}

/// A domain in the spelling in which those of addresses are compared.
fn domain_name(text: &str) -> Result<String, String> {
    let name = domain::identity::domain_of_address(&format!("@{}", text.trim()));
    name.ok_or_else(|| format!("domains: `{text}` is not a domain, such as `example.com`"))
}

/// A role that a provider may give.
fn role(field: &str, word: &str) -> Result<Role, String> {
    match Role::parse(word) {
        Some(Role::Owner) => Err(format!(
            "{field}: `owner` is not given by a provider; an owner transfers it"
        )),
        Some(role) => Ok(role),
        None => Err(format!(
            "{field}: `{word}` is no role; use `admin`, `developer`, `viewer` or `billing`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        sign_in: Vec<SignInProvider>,
    }

    const GOOD: &str = "[[sign_in]]\nkey = \"company\"\nname = \"Company\"\n\
        issuer = \"https://login.example.com\"\nclient_id = \"flowmason\"\n\
        domains = [\"Example.com\"]\n";

    fn read(more: &str) -> Result<Vec<ServerProvider>, String> {
        let file: File =
            toml::from_str(&format!("{GOOD}{more}")).map_err(|error| error.to_string())?;
        providers(file.sign_in)
    }

    #[test]
    fn a_provider_of_the_server_is_read_and_an_invalid_value_is_named() {
        let read_ =
            read("default_role = \"viewer\"\nroles = [{ group = \"a\", role = \"admin\" }]\n");
        let [one] = &read_.unwrap()[..] else {
            panic!("one provider");
        };
        assert_eq!(one.provider.scopes, ["email", "profile"]);
        assert_eq!(one.domains, ["example.com"]);
        assert_eq!(one.mappings, [("a".to_owned(), Role::Admin)]);
        for (more, part) in [
            ("default_role = \"owner\"\n", "default_role"),
            ("default_role = \"chief\"\n", "chief"),
            (
                "client_secret = \"a\"\nclient_secret_file = \"b\"\n",
                "remove one",
            ),
            ("client_secret_file = \"/no/such/file\"\n", "cannot be read"),
            ("organization = \"A\"\n", "organization"),
            ("unknown = 1\n", "unknown"),
            (GOOD, "another provider"),
        ] {
            let error = read(more).unwrap_err();
            assert!(error.contains(part), "{more}: {error}");
        }
        let other = GOOD.replace("https://login", "http://login");
        let error = read(&other.replace("company", "second")).unwrap_err();
        assert!(error.starts_with("`second`: "), "{error}");
    }
}
