//! Messages of this server on their way to a provider.

use std::{fmt::Write as _, io::Write as _};

use flate2::{Compression, write::DeflateEncoder};
use openssl::sign::Signer;
use rand::RngCore;
use url::{Url, form_urlencoded::byte_serialize};

use crate::{
    PrivateKey, SamlError, encoding,
    signature::{self, Algorithm},
    xml::write::Element,
};

/// A message that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    id: String,
    destination: String,
    /// The name of the field that carries it.
    field: &'static str,
    element: Element,
}

/// A form that the browser posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where to.
    pub action: String,
    /// The names and values of its fields.
    pub fields: Vec<(&'static str, String)>,
}

impl Outgoing {
    pub(crate) fn request(id: String, destination: &str, element: Element) -> Self {
        Self {
            id,
            destination: destination.to_owned(),
            field: "SAMLRequest",
            element,
        }
    }

    pub(crate) fn response(id: String, destination: &str, element: Element) -> Self {
        Self {
            field: "SAMLResponse",
            ..Self::request(id, destination, element)
        }
    }

    /// The message's id, which the response has to name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The address to send the browser to, signed with the key if there is one.
    ///
    /// # Errors
    /// [`SamlError::Address`] if the destination is not a URL, [`SamlError::Signing`].
    pub fn redirect(
        &self,
        relay_state: Option<&str>,
        key: Option<&PrivateKey>,
    ) -> Result<String, SamlError> {
        let mut url = Url::parse(&self.destination).map_err(|error| SamlError::Address {
            url: self.destination.clone(),
            problem: error.to_string(),
        })?;
        let message = encoding::encode(&deflated(&self.element.to_xml())?);
        let mut query = String::new();
        add(&mut query, self.field, &message);
        if let Some(relay_state) = relay_state {
            add(&mut query, "RelayState", relay_state);
        }
        if let Some(key) = key {
            add(&mut query, "SigAlg", Algorithm::OWN.name());
            let signature = sign(query.as_bytes(), key)?;
            add(&mut query, "Signature", &encoding::encode(&signature));
        }
        let query = match url.query().filter(|own| !own.is_empty()) {
            Some(own) => format!("{own}&{query}"),
            None => query,
        };
        url.set_query(Some(&query));
        Ok(url.into())
    }

    /// The form to let the browser post, signed with the key if there is one.
    ///
    /// # Errors
    /// [`SamlError::Signing`].
    pub fn form(
        &self,
        relay_state: Option<&str>,
        key: Option<&PrivateKey>,
    ) -> Result<Form, SamlError> {
        let message = match key {
            Some(key) => signature::signed(self.element.clone(), &self.id, key)?,
            None => self.element.to_xml(),
        };
        let mut fields = vec![(self.field, encoding::encode(message.as_bytes()))];
        if let Some(relay_state) = relay_state {
            fields.push(("RelayState", relay_state.to_owned()));
        }
        Ok(Form {
            action: self.destination.clone(),
            fields,
        })
    }
}

/// A new id with 128 bits that cannot be guessed. Ids begin with a letter or `_`.
pub(crate) fn id() -> String {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    let mut id = "_".to_owned();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

fn add(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    query.extend(byte_serialize(value.as_bytes()));
}

fn deflated(xml: &str) -> Result<Vec<u8>, SamlError> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(xml.as_bytes());
    let written = written.and_then(|()| encoder.finish());
    written.map_err(|error| SamlError::Signing(error.to_string()))
}

fn sign(text: &[u8], key: &PrivateKey) -> Result<Vec<u8>, SamlError> {
    let digest = Algorithm::OWN.digest();
    let signer = Signer::new(digest, key.inner());
    let signature = signer.and_then(|mut signer| signer.sign_oneshot_to_vec(text));
    signature.map_err(|error| SamlError::signing(&error))
}
