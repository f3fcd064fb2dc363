//! The names that the standards give to namespaces, bindings, formats and codes.

/// Assertions.
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// Requests and responses.
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// Metadata.
pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// XML signatures.
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// XML encryption.
pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// XML encryption 1.1.
pub(crate) const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// Exclusive canonicalization without comments.
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// XML Schema, for the types of values.
pub(crate) const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
/// XML Schema, for attributes of instances.
pub(crate) const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The transform that leaves the signature itself out.
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The binding that sends a message in the query of an address.
pub(crate) const HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// The binding that sends a message in a form.
pub(crate) const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// The confirmation of whoever brings the assertion.
pub(crate) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// The status of a request that was carried out.
pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// The format of an issuer, which need not be named.
pub(crate) const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
/// The format of a name that says nothing about itself.
pub(crate) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
