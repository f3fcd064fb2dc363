//! The native library prints lines to standard error for each signature that it refuses, so anybody could
//! fill this server's log. It is told not to: what is wrong is in the refusals of this crate.

use std::sync::Once;

/// What `samael` does not bind.
#[allow(unsafe_code, reason = "a function in C")]
mod native {
    use std::ffi::c_int;

    // The declaration is that of `xmlsec/errors.h`. The function sets a number, which nothing else sets,
    // and may be called before the library is initialized.
    unsafe extern "C" {
        #[link_name = "xmlSecErrorsDefaultCallbackEnableOutput"]
        pub safe fn enable_output(enabled: c_int);
    }
}

/// Stops the library from printing. Call it before every use; the first call does it, and others wait
/// until it has.
pub(super) fn be_quiet() {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| native::enable_output(0));
}
