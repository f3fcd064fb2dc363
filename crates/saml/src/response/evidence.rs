//! What is proved: the texts that signatures were verified for. Everything that follows reads these
//! texts, and not the message.

use roxmltree::Document;

use super::{Expected, layout::Layout};
use crate::{
    Certificate, Refusal, RefusalKind, decrypt,
    names::PROTOCOL,
    signature::{self, Signature},
    xml::{read::is, strict},
};

/// The texts to read.
pub(super) struct Evidence {
    /// The response: its canonical text if it is signed, otherwise as it was sent.
    pub response: String,
    /// Whether the response's own signature is right.
    pub response_signed: bool,
    /// The assertion, if it is not read inside the response.
    pub assertion: Option<String>,
    /// Whether the assertion's own signature is right.
    pub assertion_signed: bool,
}

impl Evidence {
    /// Verifies all signatures of a message, and decrypts its assertion.
    pub fn of(sent: &Document<'_>, expected: &Expected<'_>) -> Result<Self, Refusal> {
        if !is(sent.root_element(), PROTOCOL, "Response") {
            return Err(Refusal::new(
                RefusalKind::Layout,
                "Response",
                "The message is not a response of SAML 2.0",
                "Configure the provider to send its response to this address by a form (HTTP POST)",
            ));
        }
        let layout = Layout::of(sent)?;
        let mut evidence = Self {
            response: sent.input_text().to_owned(),
            response_signed: false,
            assertion: None,
            assertion_signed: false,
        };
        evidence.verify(&layout, expected.certificates)?;
        if layout.is_encrypted() {
            evidence.decrypt(expected)?;
        }
        Ok(evidence)
    }

    /// Verifies the signatures in a document: of a message, or of an assertion that was encrypted.
    fn verify(
        &mut self,
        layout: &Layout<'_, '_>,
        certificates: &[Certificate],
    ) -> Result<(), Refusal> {
        let of_root = match is(layout.root, PROTOCOL, "Response") {
            true => signature::of(layout.root)?,
            false => None,
        };
        let of_held = signature::of(layout.held)?;
        self.assertion_signed = of_held.is_some();
        let signatures: Vec<Signature> = [of_root, of_held].into_iter().flatten().collect();
        if signatures.is_empty() {
            return Ok(());
        }
        let outermost = match of_root {
            Some(_) => layout.root,
            None => layout.held,
        };
        let verified = signature::verified(outermost, &signatures, certificates)?;
        match of_root {
            Some(_) => {
                self.response = verified;
                self.response_signed = true;
            }
            None => self.assertion = Some(verified),
        }
        Ok(())
    }

    /// Replaces the encrypted assertion of the response by what it hides.
    fn decrypt(&mut self, expected: &Expected<'_>) -> Result<(), Refusal> {
        let response = strict::parse(self.response.as_bytes())?;
        let held = Layout::of(&response)?.held;
        let plain = decrypt::decrypted(held, expected.keys)?;
        let document = strict::parse(plain.as_bytes())?;
        let layout = Layout::of(&document)?;
        layout.plain()?;
        self.assertion = Some(plain.clone());
        self.verify(&layout, expected.certificates)
    }
}
