//! `#[node]`, `#[operator]`, `#[control_flow]`: a component from one function.

use proc_macro::TokenStream;

/// A component that calls a model.
#[proc_macro_attribute]
pub fn node(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// A component that transforms data.
#[proc_macro_attribute]
pub fn operator(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// A component that steers.
#[proc_macro_attribute]
pub fn control_flow(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}
