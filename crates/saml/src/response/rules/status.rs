//! M13: the provider says that it did what was asked. If it did not, its answer is mostly neither
//! signed nor contains an assertion, so this comes first.

use roxmltree::Node;

use crate::{
    Refusal, RefusalKind,
    names::{PROTOCOL, SUCCESS},
    refusal::quoted,
    xml::read::{attribute, child, is},
};

const FIELD: &str = "Response/Status/StatusCode";
const MEND: &str = "Look at the provider's own log for the reason, for example that the person may \
    not use this application there";

pub(in crate::response) fn check(response: Node<'_, '_>) -> Result<(), Refusal> {
    if !is(response, PROTOCOL, "Response") {
        // That it is another message is found where its parts are looked at.
        return Ok(());
    }
    let status = child(response, PROTOCOL, "Status", "Response/Status")?;
    let code = match status {
        Some(status) => child(status, PROTOCOL, "StatusCode", FIELD)?,
        None => None,
    };
    let value = code.and_then(|code| attribute(code, "Value"));
    match value {
        Some(SUCCESS) => Ok(()),
        Some(value) => {
            let inner = code.and_then(|code| {
                let inner = code
                    .children()
                    .find(|node| is(*node, PROTOCOL, "StatusCode"));
                attribute(inner?, "Value")
            });
            let said = inner.unwrap_or(value);
            let problem = format!("The provider reports the status {}", quoted(said));
            Err(Refusal::new(RefusalKind::Status, FIELD, problem, MEND).sent(said))
        }
        None => Err(Refusal::differs(
            RefusalKind::Status,
            FIELD,
            None,
            SUCCESS,
            MEND,
        )),
    }
}
