//! A function whose body is run between a beginning and an end that are logged.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Block, Error, Expr, FnArg, Ident, ItemFn, Pat, PatIdent, PatType, ReturnType, Stmt, Type};

use crate::options::{ApiOptions, ExecutionOptions};

/// Tokens whose local names cannot meet those of the function.
macro_rules! quote_mixed {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// A value that was handed to the function: what it is called, and how the body reaches it.
struct Argument {
    name: String,
    value: Ident,
}

/// `function`, its runs logged as `options` say.
pub(crate) fn log_execution(options: &ExecutionOptions, mut function: ItemFn) -> syn::Result<TokenStream> {
    refuse_const(&function)?;
    let name = function.sig.ident.unraw().to_string();
    let count = function.sig.inputs.iter().filter(|input| matches!(input, FnArg::Typed(_))).count();
    let (arguments, unpacked) = if options.log_args { arguments(&mut function) } else { (Vec::new(), Vec::new()) };
    let values = if options.log_args {
        let values = arguments
            .iter()
            .map(|Argument { value, .. }| quote_spanned!(value.span()=> &#value as &dyn ::core::fmt::Debug));
        quote_mixed!(::core::option::Option::Some(&[#(#values),*]))
    } else {
        quote_mixed!(::core::option::Option::None)
    };
    let component = options.component.as_ref().map_or_else(
        || quote_mixed!(::bongsu_log::calls::last_part(::core::module_path!())),
        |component| quote_mixed!(#component),
    );
    let log_file = optional(options.log_file.as_deref());
    let level = format_ident!("{}", options.level);
    let site = site(&function, &name);
    let begin = quote_mixed! {
        ::bongsu_log::calls::Execution::begin(
            ::bongsu_log::calls::Executed {
                component: #component,
                log_file: #log_file,
                level: ::bongsu_log::Level::#level,
                site: #site,
                args: #count,
            },
            #values,
        )
    };
    let shown = if options.log_result {
        // What has no `Debug` is told of at the type.
        let output = Span::mixed_site().located_at(function.sig.output.span());
        let result = quote_spanned!(output=> ::bongsu_log::calls::result(value));
        quote_mixed!((&&outcome).success().map(|value| #result))
    } else {
        quote_mixed!(::core::option::Option::None)
    };
    let completed = quote_mixed!(call.completed(#shown));
    Ok(wrapped(function, &begin, &unpacked, &completed))
}

/// `function`, its runs logged as calls of an API as `options` say.
pub(crate) fn log_api_call(options: &ApiOptions, mut function: ItemFn) -> syn::Result<TokenStream> {
    refuse_const(&function)?;
    let name = function.sig.ident.unraw().to_string();
    let (arguments, unpacked) = arguments(&mut function);
    let api_name = options.api_name.as_ref().unwrap_or(&name);
    let fields = optional(options.sensitive_fields.as_ref().map(|fields| quote_mixed!(&[#(#fields),*])));
    let parameters = arguments.iter().map(|Argument { name, value }| {
        quote_mixed! {
            let json = (&&&&::bongsu_log::calls::Given(&#value)).json();
            if call.hides(#name) {
                call.secret(#name, json, (&&::bongsu_log::calls::Given(&#value)).displayed());
            } else {
                call.parameter(#name, json);
            }
        }
    });
    let site = site(&function, &name);
    let (log_request, log_response) = (options.log_request, options.log_response);
    let begin = quote_mixed! {{
        #[allow(unused_imports)]
        use ::bongsu_log::calls::given::*;
        #[allow(unused_mut)]
        let mut call = ::bongsu_log::calls::ApiRequest::new(#api_name, #site, #fields);
        #(#parameters)*
        call.begin(#log_request)
    }};
    let completed = quote_mixed! {{
        #[allow(unused_imports)]
        use ::bongsu_log::calls::given::*;
        let response = (&&outcome).success().map(|value| (&&&&::bongsu_log::calls::Given(value)).json());
        call.succeeded(response, #log_response)
    }};
    Ok(wrapped(function, &begin, &unpacked, &completed))
}

fn refuse_const(function: &ItemFn) -> syn::Result<()> {
    match &function.sig.constness {
        Some(word) => Err(Error::new(word.span(), "a `const fn` runs while the program is compiled and cannot log")),
        None => Ok(()),
    }
}

fn optional(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(
        || quote_mixed!(::core::option::Option::None),
        |value| quote_mixed!(::core::option::Option::Some(#value)),
    )
}

/// Where the function stands, for the records of its runs.
fn site(function: &ItemFn, name: &str) -> TokenStream {
    let line = quote_spanned!(function.sig.ident.span()=> ::core::line!());
    quote_mixed!(::bongsu_log::Site { function: #name, file: ::core::file!(), line: #line })
}

/// The arguments but for the receiver. What is taken apart by a pattern gets a name first, and the statements that take
/// it apart come back beside the arguments.
fn arguments(function: &mut ItemFn) -> (Vec<Argument>, Vec<TokenStream>) {
    let mut arguments = Vec::new();
    let mut unpacked = Vec::new();
    for input in &mut function.sig.inputs {
        let FnArg::Typed(PatType { pat, .. }) = input else { continue };
        let nth = arguments.len();
        // One that begins with `_` must not be used under that name.
        if let Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, .. }) = &**pat
            && !ident.to_string().starts_with('_')
        {
            arguments.push(Argument { name: ident.unraw().to_string(), value: ident.clone() });
            continue;
        }
        let value = Ident::new(&format!("__bongsu_argument_{nth}"), Span::mixed_site().located_at(pat.span()));
        arguments.push(Argument { name: only_name(pat).unwrap_or_else(|| format!("arg{nth}")), value: value.clone() });
        unpacked.push(quote_mixed! {
            #[allow(clippy::no_effect_underscore_binding)]
            let #pat = #value;
        });
        **pat = Pat::Ident(PatIdent { attrs: Vec::new(), by_ref: None, mutability: None, ident: value, subpat: None });
    }
    (arguments, unpacked)
}

/// The name in a pattern such as `Query(token)` or `&page`, if it binds one only.
fn only_name(pat: &Pat) -> Option<String> {
    match pat {
        Pat::Ident(PatIdent { ident, subpat: None, .. }) => Some(ident.unraw().to_string()),
        Pat::Paren(inner) => only_name(&inner.pat),
        Pat::Reference(inner) => only_name(&inner.pat),
        Pat::TupleStruct(tuple) if tuple.elems.len() == 1 => tuple.elems.first().and_then(only_name),
        _ => None,
    }
}

/// The function with a body that begins the call, does what it did before, and ends the call by how that turned out.
fn wrapped(
    mut function: ItemFn,
    begin: &TokenStream,
    unpacked: &[TokenStream],
    completed: &TokenStream,
) -> TokenStream {
    let statements = std::mem::take(&mut function.block.stmts);
    let (call, result) = (Ident::new("call", Span::mixed_site()), Ident::new("result", Span::mixed_site()));
    let output = match &function.sig.output {
        ReturnType::Default => Some(quote_mixed!(())),
        ReturnType::Type(_, output) if matches!(**output, Type::Never(_)) => {
            // It never completes: what is told of its end is that it panicked.
            return body(function, quote_mixed!(let _call = #begin; #(#unpacked)* #(#statements)*));
        }
        ReturnType::Type(_, output) if has_impl(output.to_token_stream()) => None,
        ReturnType::Type(_, output) => Some(output.to_token_stream()),
    };
    let annotated = output.as_ref().map(|output| quote_mixed!(: #output));
    let run = if function.sig.asyncness.is_some() {
        // Tells `?` and `return` inside the block what type they are to have.
        let hint = output.as_ref().map(|output| {
            quote_mixed! {
                #[allow(unreachable_code, clippy::all, clippy::pedantic)]
                if let ::core::option::Option::Some(result) = ::core::option::Option::None::<#output> {
                    return result;
                }
            }
        });
        quote_mixed!(async move { #hint #(#unpacked)* #(#statements)* }.await)
    } else {
        let output = output.as_ref().map(|output| quote_mixed!(-> #output));
        let body = quote_mixed!({ #(#unpacked)* #(#statements)* });
        quote_mixed!(::bongsu_log::calls::once(move || #output #body))
    };
    body(
        function,
        quote_mixed! {
            let #call = #begin;
            #[allow(clippy::let_unit_value)]
            let #result #annotated = #run;
            {
                #[allow(unused_imports)]
                use ::bongsu_log::calls::outcome::*;
                let call = #call;
                let outcome = ::bongsu_log::calls::Outcome(&#result);
                match (&&&&&&&outcome).failure() {
                    ::core::option::Option::Some(failure) => call.failed(&failure),
                    ::core::option::Option::None => #completed,
                }
            }
            #result
        },
    )
}

fn body(mut function: ItemFn, tokens: TokenStream) -> TokenStream {
    *function.block =
        Block { brace_token: function.block.brace_token, stmts: vec![Stmt::Expr(Expr::Verbatim(tokens), None)] };
    function.into_token_stream()
}

/// Whether `impl` stands anywhere in a type: such a type cannot be written down inside a function.
fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        _ => false,
    })
}
