//! A function as tokens: no more of it is understood than what has to be changed, so that `syn` is built without its half that
//! knows expressions and patterns.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, LitStr, Token, Visibility};

/// A function with a body.
pub(crate) struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    /// `const`, `async`, `unsafe`, `extern "C"`.
    qualifiers: TokenStream,
    pub(crate) const_at: Option<Span>,
    pub(crate) is_async: bool,
    keyword: Token![fn],
    pub(crate) name: Ident,
    generics: TokenStream,
    brackets: Group,
    pub(crate) inputs: Vec<Input>,
    /// What stands behind `->`.
    pub(crate) output: Option<TokenStream>,
    arrow: TokenStream,
    conditions: TokenStream,
    /// `#![…]`, with which the body begins.
    inner: Vec<Attribute>,
    /// The body without its braces.
    pub(crate) statements: TokenStream,
    braces: Group,
}

/// What stands between two commas of the arguments.
pub(crate) struct Input {
    attributes: Vec<Attribute>,
    pub(crate) pattern: Vec<TokenTree>,
    /// The colon and the type; nothing behind a receiver.
    kind: TokenStream,
}

impl Input {
    /// Whether it is `self` in one of its forms.
    pub(crate) fn is_receiver(&self) -> bool {
        self.pattern.last().is_some_and(|last| matches!(last, TokenTree::Ident(ident) if ident == "self"))
    }

    pub(crate) fn span(&self) -> Span {
        self.pattern.iter().cloned().collect::<TokenStream>().span()
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let (mut qualifiers, mut const_at, mut is_async) = (TokenStream::new(), None, false);
        while !input.peek(Token![fn]) {
            if input.peek(LitStr) {
                qualifiers.append(input.parse::<TokenTree>()?);
                continue;
            }
            let word = input.fork().call(Ident::parse_any).map(|word| word.to_string()).unwrap_or_default();
            match word.as_str() {
                "const" => const_at = Some(input.span()),
                "async" => is_async = true,
                "unsafe" | "extern" | "safe" | "default" => {}
                _ => return Err(input.error("expected `fn`")),
            }
            qualifiers.append(input.call(Ident::parse_any)?);
        }
        let (keyword, name) = (input.parse()?, input.parse()?);
        let generics =
            if input.peek(Token![<]) { until(input, &[])?.into_iter().collect() } else { TokenStream::new() };
        let brackets = group(input, Delimiter::Parenthesis, "expected the function's arguments")?;
        let inputs = inputs.parse2(brackets.stream())?;
        let (mut arrow, mut output) = (TokenStream::new(), None);
        if input.peek(Token![->]) {
            arrow = input.parse::<Token![->]>()?.to_token_stream();
            output = Some(until(input, &["where", "{"])?.into_iter().collect());
        }
        let conditions = until(input, &["{"])?.into_iter().collect();
        let braces = group(input, Delimiter::Brace, "expected the function's body")?;
        let halves = |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.parse()?));
        let (inner, statements) = halves.parse2(braces.stream())?;
        Ok(Self {
            attributes,
            visibility,
            qualifiers,
            const_at,
            is_async,
            keyword,
            name,
            generics,
            brackets,
            inputs,
            output,
            arrow,
            conditions,
            inner,
            statements,
            braces,
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attributes);
        self.visibility.to_tokens(tokens);
        self.qualifiers.to_tokens(tokens);
        self.keyword.to_tokens(tokens);
        self.name.to_tokens(tokens);
        self.generics.to_tokens(tokens);
        let mut inputs = TokenStream::new();
        for Input { attributes, pattern, kind } in &self.inputs {
            inputs.append_all(attributes);
            inputs.append_all(pattern);
            kind.to_tokens(&mut inputs);
            <Token![,]>::default().to_tokens(&mut inputs);
        }
        tokens.append(around(&self.brackets, inputs));
        self.arrow.to_tokens(tokens);
        self.output.to_tokens(tokens);
        self.conditions.to_tokens(tokens);
        let mut body = TokenStream::new();
        body.append_all(&self.inner);
        self.statements.to_tokens(&mut body);
        tokens.append(around(&self.braces, body));
    }
}

/// `inside` where the inside of `group` was.
fn around(group: &Group, inside: TokenStream) -> Group {
    let mut changed = Group::new(group.delimiter(), inside);
    changed.set_span(group.span());
    changed
}

/// A group in these delimiters, also where a macro handed it over as one piece.
fn group(input: ParseStream<'_>, delimiter: Delimiter, wanted: &str) -> syn::Result<Group> {
    input.step(|cursor| {
        let (inside, span, rest) = cursor.group(delimiter).ok_or_else(|| cursor.error(wanted))?;
        let mut group = Group::new(delimiter, inside.token_stream());
        group.set_span(span.join());
        Ok((group, rest))
    })
}

fn inputs(input: ParseStream<'_>) -> syn::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    while !input.is_empty() {
        let attributes = input.call(Attribute::parse_outer)?;
        let pattern = until(input, &[":", ","])?;
        let kind = until(input, &[","])?.into_iter().collect();
        inputs.push(Input { attributes, pattern, kind });
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(inputs)
}

/// The tokens up to one of `ends` outside `<…>`, which stays; without `ends`, what begins with `<`.
fn until(input: ParseStream<'_>, ends: &[&str]) -> syn::Result<Vec<TokenTree>> {
    let mut tokens = Vec::new();
    let mut depth = 0_u32;
    while !input.is_empty() && (depth > 0 || !ends.iter().any(|end| is_next(input, end))) {
        // In one piece: their signs neither end nor close anything.
        if input.peek(Token![::]) {
            tokens.extend(input.parse::<Token![::]>()?.to_token_stream());
            continue;
        }
        if input.peek(Token![->]) {
            tokens.extend(input.parse::<Token![->]>()?.to_token_stream());
            continue;
        }
        let token = input.parse::<TokenTree>()?;
        if let TokenTree::Punct(sign) = &token {
            match sign.as_char() {
                '<' => depth += 1,
                '>' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        tokens.push(token);
        if depth == 0 && ends.is_empty() {
            break;
        }
    }
    Ok(tokens)
}

fn is_next(input: ParseStream<'_>, end: &str) -> bool {
    match end {
        ":" => input.peek(Token![:]) && !input.peek(Token![::]),
        "," => input.peek(Token![,]),
        "where" => input.peek(Token![where]),
        // A type has no braces but inside `<…>` and brackets.
        _ => input.peek(syn::token::Brace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Function {
        syn::parse_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_function_is_written_as_it_was_read() {
        for text in [
            "fn f ( ) { }",
            "# [doc = \"x\"] pub (crate) async unsafe extern \"C\" fn r#type < 'a , T : Fn (u8 , u8) -> Vec < u8 > , const N : usize > \
             (& 'a mut self , # [cfg (all ())] mut x : HashMap < K , [u8 ; { N + 1 }] > , Some ((a , b)) : Option < (u8 , u8) > ,) \
             -> impl Iterator < Item = < T as A < u8 > > :: B > + 'a where T : A < u8 > , [() ; { N }] : Sized { # ! [allow (x)] a < b }",
            "fn f (self : Pin < & mut Self > , f : fn (u8) -> u8 , P :: < u8 , u16 > { x , .. } : P < u8 , u16 > ,) -> ! { loop { } }",
        ] {
            let expected = text.parse::<TokenStream>().unwrap_or_default().to_string();
            assert_eq!(read(text).to_token_stream().to_string(), expected);
        }
    }

    #[test]
    fn its_arguments_are_told_apart() {
        let function = read(
            "fn f(&mut self, a: HashMap<K, V>, (b, c): (u8, u8), d: fn(u8) -> Result<u8, u8>) -> Vec<(u8, u8)> {}",
        );
        let patterns: Vec<_> = function
            .inputs
            .iter()
            .map(|input| input.pattern.iter().cloned().collect::<TokenStream>().to_string())
            .collect();
        assert_eq!(patterns, ["& mut self", "a", "(b , c)", "d"]);
        assert_eq!(function.inputs.iter().filter(|input| input.is_receiver()).count(), 1);
        assert_eq!(function.output.map(|output| output.to_string()).as_deref(), Some("Vec < (u8 , u8) >"));
    }

    #[test]
    fn what_is_no_function_with_a_body_is_refused() {
        for (text, said) in [
            ("struct X;", "expected `fn`"),
            ("fn f();", "unexpected end of input, expected the function's body"),
            ("fn f {}", "expected the function's arguments"),
            ("pub const X: u8 = 1;", "expected `fn`"),
        ] {
            let found = syn::parse_str::<Function>(text).err().map(|error| error.to_string());
            assert_eq!(found.as_deref(), Some(said), "{text}");
        }
    }
}
