//! The name of a person at a provider.

use roxmltree::Node;

use crate::{
    Refusal, RefusalKind,
    names::UNSPECIFIED,
    xml::{
        read::{attribute, text},
        write::Element,
    },
};

/// The longest name, in bytes.
const LONGEST: usize = 1_024;

/// The name of a person. Together with the provider it identifies them; but a name of the format
/// `transient` is another one at each sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameId {
    /// The name.
    pub value: String,
    /// What kind of name it is.
    pub format: String,
    /// The provider in whose domain it is unique.
    pub name_qualifier: Option<String>,
    /// The service for which it was made.
    pub sp_name_qualifier: Option<String>,
}

impl NameId {
    /// Whether the name is another one at each sign-in.
    pub fn is_transient(&self) -> bool {
        self.format == "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
    }

    pub(crate) fn read(node: Node<'_, '_>, field: &'static str) -> Result<Self, Refusal> {
        let value = text(node, field)?;
        let usable =
            !value.is_empty() && value.len() <= LONGEST && !value.chars().any(char::is_control);
        if !usable {
            let expected = "a name of 1 to 1,024 bytes in one line";
            let mend = "Configure the provider to send a name that identifies the person";
            let kind = RefusalKind::Subject;
            return Err(Refusal::needs(kind, field, Some(&value), expected, mend));
        }
        let own = |name: &str| attribute(node, name).map(str::to_owned);
        Ok(Self {
            value,
            format: own("Format").unwrap_or_else(|| UNSPECIFIED.to_owned()),
            name_qualifier: own("NameQualifier"),
            sp_name_qualifier: own("SPNameQualifier"),
        })
    }

    pub(crate) fn element(&self) -> Element {
        let format = (self.format != UNSPECIFIED).then_some(self.format.as_str());
        Element::new("saml:NameID")
            .with_some("Format", format)
            .with_some("NameQualifier", self.name_qualifier.as_deref())
            .with_some("SPNameQualifier", self.sp_name_qualifier.as_deref())
            .text(self.value.as_str())
    }
}
