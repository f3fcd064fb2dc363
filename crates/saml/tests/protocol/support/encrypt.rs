//! Encrypting an assertion, well or badly.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    encrypt::Encrypter,
    hash::MessageDigest,
    pkey::{PKey, Public},
    rsa::Padding,
    symm::{self, Cipher},
    x509::X509,
};
use saml::Certificate;

/// How something is encrypted. The bytes are computed, unless they are given.
#[derive(Clone)]
pub struct Encryption {
    pub method: String,
    pub key_method: String,
    pub key_parameters: String,
    pub padding: Padding,
    pub oaep: MessageDigest,
    pub mask: MessageDigest,
    pub bytes: Option<Vec<u8>>,
}

impl Default for Encryption {
    fn default() -> Self {
        Self {
            method: "http://www.w3.org/2009/xmlenc11#aes256-gcm".to_owned(),
            key_method: "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p".to_owned(),
            key_parameters: String::new(),
            padding: Padding::PKCS1_OAEP,
            oaep: MessageDigest::sha1(),
            mask: MessageDigest::sha1(),
            bytes: None,
        }
    }
}

/// An encrypted assertion for the owner of the certificate.
pub fn encrypted(plain: &[u8], to: &Certificate, how: &Encryption) -> String {
    let long = how.method.contains("256");
    let key: Vec<u8> = (0..if long { 32 } else { 16 }).collect();
    let vector = [7; 12];
    let cipher = match (how.method.ends_with("cbc"), long) {
        (true, true) => Cipher::aes_256_cbc(),
        (true, false) => Cipher::aes_128_cbc(),
        (false, true) => Cipher::aes_256_gcm(),
        (false, false) => Cipher::aes_128_gcm(),
    };
    let bytes = match &how.bytes {
        Some(bytes) => bytes.clone(),
        None if how.method.ends_with("cbc") => {
            let vector = [7; 16];
            [
                vector.to_vec(),
                symm::encrypt(cipher, &key, Some(&vector), plain).unwrap(),
            ]
            .concat()
        }
        None => {
            let mut tag = [0; 16];
            let text =
                symm::encrypt_aead(cipher, &key, Some(&vector), &[], plain, &mut tag).unwrap();
            [vector.to_vec(), text, tag.to_vec()].concat()
        }
    };
    let key = wrapped(&key, to, how);
    format!(
        "<saml:EncryptedAssertion><xenc:EncryptedData \
         xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" \
         Type=\"http://www.w3.org/2001/04/xmlenc#Element\"><xenc:EncryptionMethod \
         Algorithm=\"{}\"/><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
         <xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"{}\">{}</xenc:EncryptionMethod>\
         <xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData>\
         </xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{}\
         </xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>",
        how.method,
        how.key_method,
        how.key_parameters,
        STANDARD.encode(key),
        STANDARD.encode(bytes),
    )
}

fn wrapped(key: &[u8], to: &Certificate, how: &Encryption) -> Vec<u8> {
    let public: PKey<Public> = X509::from_der(to.der()).unwrap().public_key().unwrap();
    let mut encrypter = Encrypter::new(&public).unwrap();
    encrypter.set_rsa_padding(how.padding).unwrap();
    if how.padding == Padding::PKCS1_OAEP {
        encrypter.set_rsa_oaep_md(how.oaep).unwrap();
        encrypter.set_rsa_mgf1_md(how.mask).unwrap();
    }
    let mut bytes = vec![0; encrypter.encrypt_len(key).unwrap()];
    let length = encrypter.encrypt(key, &mut bytes).unwrap();
    bytes.truncate(length);
    bytes
}
