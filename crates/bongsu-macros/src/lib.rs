//! The attributes of the logging SDK. Programs use them as `bongsu_log::log_execution` and `bongsu_log::log_api_call`.
//!
//! In: the words of an attribute and a function. Out: the same function, each run of it logged through
//! `bongsu_log::calls`, or a compile error that points at the wrong word. Must never know: files, formats, levels at run
//! time, how a value is masked.

mod function;
mod item;
mod options;

use crate::item::Function;
use crate::options::{ApiOptions, ExecutionOptions};
use proc_macro::TokenStream;

/// Logs each run of a function; described at `bongsu_log::log_execution`.
#[proc_macro_attribute]
pub fn log_execution(words: TokenStream, item: TokenStream) -> TokenStream {
    expand(item, |function| {
        let options = options::parse(words.into(), ExecutionOptions::parse)?;
        function::log_execution(&options, function)
    })
}

/// Logs each run of a function as a call of an API; described at `bongsu_log::log_api_call`.
#[proc_macro_attribute]
pub fn log_api_call(words: TokenStream, item: TokenStream) -> TokenStream {
    expand(item, |function| {
        let options = options::parse(words.into(), ApiOptions::parse)?;
        function::log_api_call(&options, function)
    })
}

/// The function made by `with`; where it is wrong the error and the function as it was, so that nothing else is reported.
fn expand(item: TokenStream, with: impl FnOnce(Function) -> syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    let expanded = match syn::parse::<Function>(item.clone()) {
        Ok(function) => with(function),
        Err(error) => Err(syn::Error::new(error.span(), format!("expected a function with a body: {error}"))),
    };
    match expanded {
        Ok(tokens) => tokens.into(),
        Err(error) => {
            let mut tokens = TokenStream::from(error.into_compile_error());
            tokens.extend(item);
            tokens
        }
    }
}
