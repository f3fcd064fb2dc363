//! Verifying signatures with the library, and getting what it has verified.
//!
//! The native library has state of the whole process. `samael` initializes it once, behind a lock.
//! From then on each verification has a context and a document of its own, so threads can verify at
//! the same time; a test does.

use roxmltree::Node;
use samael::crypto::{CertificateDer, Crypto, CryptoProvider, ReduceMode};

use super::{Algorithm, Signature, quiet};
use crate::{
    Certificate, Refusal, RefusalKind,
    xml::{read::attribute, strict},
};

const GET_CERTIFICATE: &str = "Compare the certificate with that of the provider; if the provider \
    has a new one, enter it, or read the provider's metadata again";

/// Verifies all signatures of a document with the given certificates, and with no others. The result
/// is the canonical text of the outermost element that is signed.
///
/// # Errors
/// [`RefusalKind::NoCertificate`] or [`RefusalKind::Signature`].
pub(crate) fn verified(
    outermost: Node<'_, '_>,
    signatures: &[Signature],
    certificates: &[Certificate],
) -> Result<String, Refusal> {
    if certificates.is_empty() {
        return Err(no_certificate());
    }
    // The library stops at a key that it cannot even try, such as one on another curve.
    let made = |certificate: &&Certificate| {
        signatures.iter().any(|signature| {
            certificate.key_type() == signature.algorithm.key_type
                && certificate.signature_length() == signature.length
        })
    };
    let fitting: Vec<CertificateDer> = certificates
        .iter()
        .filter(made)
        .map(|certificate| certificate.der().to_vec().into())
        .collect();
    quiet::be_quiet();
    let verified = Crypto::reduce_xml_to_signed_with_allowed_algorithms(
        outermost.document().input_text(),
        &fitting,
        ReduceMode::PreDigest,
        Some(&Algorithm::all_allowed()),
    );
    let verified = verified.map_err(|_| wrong())?;
    is_that_of(&verified, outermost)?;
    Ok(verified)
}

/// M04: what the library has verified is the element whose signature it was asked about.
fn is_that_of(verified: &str, signed: Node<'_, '_>) -> Result<(), Refusal> {
    let document = strict::parse(verified.as_bytes())?;
    let root = document.root_element();
    let same = root.tag_name() == signed.tag_name()
        && attribute(root, "ID").is_some()
        && attribute(root, "ID") == attribute(signed, "ID");
    match same {
        true => Ok(()),
        false => Err(wrong()),
    }
}

/// M02: the refusal of a message whose provider has no certificate.
pub(crate) fn no_certificate() -> Refusal {
    Refusal::new(
        RefusalKind::NoCertificate,
        "Signature",
        "No certificate of the provider is known, so its signature cannot be verified",
        "Enter the provider's signing certificate, or its metadata",
    )
}

/// The refusal of a signature that does not fit.
pub(crate) fn wrong() -> Refusal {
    Refusal::new(
        RefusalKind::Signature,
        "Signature",
        "The signature does not fit any certificate that is known of the provider, or the message \
         was changed after it was signed",
        GET_CERTIFICATE,
    )
}
