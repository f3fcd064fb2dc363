//! Decrypting an assertion: AES-GCM, with a key that RSA-OAEP has encrypted.
//!
//! CBC is refused: anybody can change what it hides, and each answer about the result would tell an
//! attacker something about the text. RSA 1.5 is refused for the same reason. Whatever is wrong, the
//! refusal is the same, and a key that cannot be decrypted is replaced by a random one, so that
//! trying takes as long.

use std::fmt::Write;

use openssl::{
    encrypt::Decrypter,
    hash::MessageDigest,
    rsa::Padding,
    symm::{self, Cipher},
};
use quick_xml::escape::escape;
use rand::RngCore;
use roxmltree::Node;

use crate::{
    PrivateKey, Refusal, RefusalKind, encoding,
    names::{ASSERTION, DSIG, XENC},
    xml::{
        read::{attribute, is},
        strict,
    },
};

/// The length of the vector before a text that AES-GCM has encrypted, and of the tag behind it.
const VECTOR: usize = 12;
const TAG: usize = 16;

/// Decrypts an `EncryptedAssertion`. The result is a document whose root contains what was encrypted,
/// in the namespaces of the place where it was.
///
/// # Errors
/// [`RefusalKind::Decryption`], always the same.
pub(crate) fn decrypted(encrypted: Node<'_, '_>, keys: &[PrivateKey]) -> Result<String, Refusal> {
    open(encrypted, keys).ok_or_else(|| {
        Refusal::new(
            RefusalKind::Decryption,
            "EncryptedAssertion",
            "The assertion cannot be decrypted",
            "Configure the provider to encrypt with the certificate in this server's current metadata: the \
             assertion with AES-GCM (128, 192 or 256 bits), the key with RSA-OAEP; or not encrypt",
        )
    })
}

fn open(encrypted: Node<'_, '_>, keys: &[PrivateKey]) -> Option<String> {
    let data = only(encrypted.children(), "EncryptedData")?;
    let key = only(encrypted.descendants(), "EncryptedKey")?;
    let content = Content::of(data)?;
    let wrapped = Wrapped::of(key)?;
    let plain = keys.iter().find_map(|key| {
        let key = wrapped.unwrap(key, content.cipher.key_len());
        content.decrypt(&key)
    })?;
    let plain = String::from_utf8(plain).ok()?;
    let document = in_place_of(encrypted, &plain);
    let parsed = strict::parse(document.as_bytes()).ok()?;
    let mut inside = parsed.root_element().children();
    let assertion = inside.find(|node| is(*node, ASSERTION, "Assertion"))?;
    let alone = parsed.root_element().children().all(|node| {
        let is_space = node.text().is_some_and(|text| text.trim().is_empty());
        node == assertion || node.is_text() && is_space
    });
    alone.then_some(document)
}

/// A text that AES-GCM has encrypted.
struct Content {
    cipher: Cipher,
    bytes: Vec<u8>,
}

impl Content {
    fn of(data: Node<'_, '_>) -> Option<Self> {
        let cipher = match method(data)? {
            "http://www.w3.org/2009/xmlenc11#aes128-gcm" => Cipher::aes_128_gcm(),
            "http://www.w3.org/2009/xmlenc11#aes192-gcm" => Cipher::aes_192_gcm(),
            "http://www.w3.org/2009/xmlenc11#aes256-gcm" => Cipher::aes_256_gcm(),
            _ => return None,
        };
        let bytes = value(data)?;
        (bytes.len() >= VECTOR + TAG).then_some(Self { cipher, bytes })
    }

    fn decrypt(&self, key: &[u8]) -> Option<Vec<u8>> {
        let (vector, rest) = self.bytes.split_at_checked(VECTOR)?;
        let (text, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
        symm::decrypt_aead(self.cipher, key, Some(vector), &[], text, tag).ok()
    }
}

/// A key that RSA-OAEP has encrypted.
struct Wrapped {
    digest: MessageDigest,
    mask: MessageDigest,
    bytes: Vec<u8>,
}

impl Wrapped {
    fn of(key: Node<'_, '_>) -> Option<Self> {
        let method_node = only(key.children(), "EncryptionMethod")?;
        let parameter = |name: &str| {
            let mut all = method_node.children().filter(Node::is_element);
            let found = all.find(|child| child.tag_name().name() == name)?;
            Some(attribute(found, "Algorithm").unwrap_or_default())
        };
        let mask = match (method(key)?, parameter("MGF")) {
            ("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", None) => MessageDigest::sha1(),
            ("http://www.w3.org/2009/xmlenc11#rsa-oaep", mask) => mask_digest(mask)?,
            _ => return None,
        };
        let digest = match parameter("DigestMethod") {
            None => MessageDigest::sha1(),
            Some(name) => digest(name)?,
        };
        let bytes = value(key)?;
        let labelled = parameter("OAEPparams").is_some();
        (!labelled).then_some(Self {
            digest,
            mask,
            bytes,
        })
    }

    /// The key, or a random one if it cannot be decrypted.
    fn unwrap(&self, key: &PrivateKey, length: usize) -> Vec<u8> {
        let mut random = vec![0; length];
        rand::rng().fill_bytes(&mut random);
        match self.decrypt(key) {
            Some(found) if found.len() == length => found,
            _ => random,
        }
    }

    fn decrypt(&self, key: &PrivateKey) -> Option<Vec<u8>> {
        let mut decrypter = Decrypter::new(key.inner()).ok()?;
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP).ok()?;
        decrypter.set_rsa_oaep_md(self.digest).ok()?;
        decrypter.set_rsa_mgf1_md(self.mask).ok()?;
        let mut plain = vec![0; decrypter.decrypt_len(&self.bytes).ok()?];
        let length = decrypter.decrypt(&self.bytes, &mut plain).ok()?;
        plain.truncate(length);
        Some(plain)
    }
}

/// The digest of OAEP. SHA-1 is the standard's own and good enough there: nothing depends on whether
/// two texts with the same digest can be found.
fn digest(name: &str) -> Option<MessageDigest> {
    Some(match name {
        "http://www.w3.org/2000/09/xmldsig#sha1" => MessageDigest::sha1(),
        "http://www.w3.org/2001/04/xmlenc#sha256" => MessageDigest::sha256(),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => MessageDigest::sha384(),
        "http://www.w3.org/2001/04/xmlenc#sha512" => MessageDigest::sha512(),
        _ => return None,
    })
}

fn mask_digest(name: Option<&str>) -> Option<MessageDigest> {
    Some(match name {
        None | Some("http://www.w3.org/2009/xmlenc11#mgf1sha1") => MessageDigest::sha1(),
        Some("http://www.w3.org/2009/xmlenc11#mgf1sha256") => MessageDigest::sha256(),
        Some("http://www.w3.org/2009/xmlenc11#mgf1sha384") => MessageDigest::sha384(),
        Some("http://www.w3.org/2009/xmlenc11#mgf1sha512") => MessageDigest::sha512(),
        _ => return None,
    })
}

/// The names of all algorithms in an encrypted element, for the report.
pub(crate) fn algorithms(encrypted: Node<'_, '_>) -> Vec<String> {
    let names = [(XENC, "EncryptionMethod"), (DSIG, "DigestMethod")];
    let of_method = |node: &Node<'_, '_>| names.iter().any(|(ns, name)| is(*node, ns, name));
    let all = encrypted.descendants().filter(of_method);
    all.filter_map(|node| attribute(node, "Algorithm"))
        .map(crate::refusal::short)
        .take(8)
        .collect()
}

/// The algorithm that an element was encrypted with.
fn method<'a>(encrypted: Node<'a, '_>) -> Option<&'a str> {
    attribute(only(encrypted.children(), "EncryptionMethod")?, "Algorithm")
}

/// The encrypted bytes.
fn value(encrypted: Node<'_, '_>) -> Option<Vec<u8>> {
    let data = only(encrypted.children(), "CipherData")?;
    let value = only(data.children(), "CipherValue")?;
    let only_text = value.children().all(|child| child.is_text());
    let text: String = value.children().filter_map(|child| child.text()).collect();
    encoding::decode(&text).filter(|_| only_text)
}

/// The only element of XML encryption with this name.
fn only<'a, 'i: 'a>(
    mut nodes: impl Iterator<Item = Node<'a, 'i>>,
    name: &str,
) -> Option<Node<'a, 'i>> {
    let first = nodes.find(|node| is(*node, XENC, name))?;
    let second = nodes.find(|node| is(*node, XENC, name));
    second.is_none().then_some(first)
}

/// A document in which a text has the namespaces of another one's element.
fn in_place_of(encrypted: Node<'_, '_>, plain: &str) -> String {
    let mut document = "<Decrypted".to_owned();
    for namespace in encrypted.namespaces() {
        let uri = escape(namespace.uri());
        // Writing to a string cannot fail.
        let _ = match namespace.name() {
            Some("xml") => Ok(()),
            Some(prefix) => write!(document, " xmlns:{prefix}=\"{uri}\""),
            None => write!(document, " xmlns=\"{uri}\""),
        };
    }
    document + ">" + plain + "</Decrypted>"
}
