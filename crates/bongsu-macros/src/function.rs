//! A function whose body is run between a beginning and an end that are logged.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::Error;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::item::{Function, Input};
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
pub(crate) fn log_execution(options: &ExecutionOptions, mut function: Function) -> syn::Result<TokenStream> {
    refuse_const(&function)?;
    let name = function.name.unraw().to_string();
    let count = function.inputs.iter().filter(|input| !input.is_receiver()).count();
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
        let output = Span::mixed_site().located_at(function.output.span());
        let result = quote_spanned!(output=> ::bongsu_log::calls::result(value));
        quote_mixed!((&&outcome).success().map(|value| #result))
    } else {
        quote_mixed!(::core::option::Option::None)
    };
    let completed = quote_mixed!(call.completed(#shown));
    Ok(wrapped(function, &begin, &unpacked, &completed))
}

/// `function`, its runs logged as calls of an API as `options` say.
pub(crate) fn log_api_call(options: &ApiOptions, mut function: Function) -> syn::Result<TokenStream> {
    refuse_const(&function)?;
    let name = function.name.unraw().to_string();
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

fn refuse_const(function: &Function) -> syn::Result<()> {
    match function.const_at {
        Some(at) => Err(Error::new(at, "a `const fn` runs while the program is compiled and cannot log")),
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
fn site(function: &Function, name: &str) -> TokenStream {
    let line = quote_spanned!(function.name.span()=> ::core::line!());
    quote_mixed!(::bongsu_log::Site { function: #name, file: ::core::file!(), line: #line })
}

/// The arguments but for the receiver. What is taken apart by a pattern gets a name first, and the statements that take
/// it apart come back beside the arguments.
fn arguments(function: &mut Function) -> (Vec<Argument>, Vec<TokenStream>) {
    let mut arguments = Vec::new();
    let mut unpacked = Vec::new();
    for input in function.inputs.iter_mut().filter(|input| !input.is_receiver()) {
        let nth = arguments.len();
        if let Some(value) = plain(input) {
            arguments.push(Argument { name: value.unraw().to_string(), value });
            continue;
        }
        let value = Ident::new(&format!("__bongsu_argument_{nth}"), Span::mixed_site().located_at(input.span()));
        let pattern = std::mem::replace(&mut input.pattern, vec![value.clone().into()]);
        let name = only_name(&pattern).unwrap_or_else(|| format!("arg{nth}"));
        arguments.push(Argument { name, value: value.clone() });
        unpacked.push(quote_mixed! {
            #[allow(clippy::no_effect_underscore_binding)]
            let #(#pattern)* = #value;
        });
    }
    (arguments, unpacked)
}

/// The argument's name, if its pattern is one. One that begins with `_` must not be used under that name.
fn plain(input: &Input) -> Option<Ident> {
    let ident = match &*input.pattern {
        [TokenTree::Ident(ident)] => ident,
        [TokenTree::Ident(word), TokenTree::Ident(ident)] if word == "mut" => ident,
        _ => return None,
    };
    (!ident.to_string().starts_with('_')).then(|| ident.clone())
}

/// The name in a pattern such as `Query(token)` or `&page`, if it binds one only.
fn only_name(pattern: &[TokenTree]) -> Option<String> {
    match pattern {
        [TokenTree::Ident(ident)] => Some(ident.unraw().to_string()).filter(|name| name != "_"),
        [TokenTree::Ident(word), rest @ ..] if word == "mut" || word == "ref" => only_name(rest),
        [TokenTree::Punct(sign), rest @ ..] if sign.as_char() == '&' => only_name(rest),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => only_name(&inside(group)),
        [path @ .., TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis && is_path(path) => {
            let mut inside = inside(group);
            let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',');
            // A tuple of one has its comma without a path too.
            inside.pop_if(|last| comma(last) && !path.is_empty());
            if inside.iter().any(comma) { None } else { only_name(&inside) }
        }
        _ => None,
    }
}

fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

fn is_path(tokens: &[TokenTree]) -> bool {
    tokens.iter().all(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(sign) => sign.as_char() == ':',
        _ => false,
    })
}

/// The function with a body that begins the call, does what it did before, and ends the call by how that turned out.
fn wrapped(
    mut function: Function,
    begin: &TokenStream,
    unpacked: &[TokenStream],
    completed: &TokenStream,
) -> TokenStream {
    let statements = std::mem::take(&mut function.statements);
    let (call, result) = (Ident::new("call", Span::mixed_site()), Ident::new("result", Span::mixed_site()));
    let output = match &function.output {
        None => Some(quote_mixed!(())),
        Some(output) if output.to_string() == "!" => {
            // It never completes: what is told of its end is that it panicked.
            return body(function, quote_mixed!(let _call = #begin; #(#unpacked)* #statements));
        }
        Some(output) if has_impl(output.clone()) => None,
        Some(output) => Some(output.clone()),
    };
    let annotated = output.as_ref().map(|output| quote_mixed!(: #output));
    let run = if function.is_async {
        // Tells `?` and `return` inside the block what type they are to have.
        let hint = output.as_ref().map(|output| {
            quote_mixed! {
                #[allow(unreachable_code, clippy::all, clippy::pedantic)]
                if let ::core::option::Option::Some(result) = ::core::option::Option::None::<#output> {
                    return result;
                }
            }
        });
        quote_mixed!(async move { #hint #(#unpacked)* #statements }.await)
    } else {
        let output = output.as_ref().map(|output| quote_mixed!(-> #output));
        let body = quote_mixed!({ #(#unpacked)* #statements });
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

fn body(mut function: Function, statements: TokenStream) -> TokenStream {
    function.statements = statements;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_binds_one_name_has_it() {
        for (pattern, name) in [
            ("x", Some("x")),
            ("r#type", Some("type")),
            ("mut x", Some("x")),
            ("ref x", Some("x")),
            ("& x", Some("x")),
            ("(x)", Some("x")),
            ("Query(token)", Some("token")),
            ("axum::Query(Json(mut token),)", Some("token")),
            ("_", None),
            ("(x,)", None),
            ("(a, b)", None),
            ("Pair(a, b)", None),
            ("x @ Some(y)", None),
            ("Point { x, .. }", None),
            ("[a]", None),
        ] {
            let tokens: Vec<_> = pattern.parse::<TokenStream>().unwrap_or_default().into_iter().collect();
            assert_eq!(only_name(&tokens).as_deref(), name, "{pattern}");
        }
    }
}
