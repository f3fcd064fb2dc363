//! Who a message is from.

use roxmltree::Node;

use crate::{
    Refusal, RefusalKind,
    names::{ASSERTION, ENTITY},
    xml::read::{attribute, child, text},
};

const MEND: &str = "Enter the provider's entity id here exactly as its metadata has it";

/// Checks that an element names the provider as its issuer, or nobody if that is not required.
pub(crate) fn matches(
    of: Node<'_, '_>,
    provider: &str,
    field: &'static str,
    required: bool,
) -> Result<(), Refusal> {
    let differs = |sent: Option<&str>| {
        Err(Refusal::differs(
            RefusalKind::Issuer,
            field,
            sent,
            provider,
            MEND,
        ))
    };
    let Some(issuer) = child(of, ASSERTION, "Issuer", field)? else {
        return if required { differs(None) } else { Ok(()) };
    };
    let sent = text(issuer, field)?;
    let format = attribute(issuer, "Format").unwrap_or(ENTITY);
    match sent == provider && format == ENTITY {
        true => Ok(()),
        false => differs(Some(&sent)),
    }
}
