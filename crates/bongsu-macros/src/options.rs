//! What stands in an attribute's parentheses, checked where it is written.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::TokenStreamExt;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Ident, Lit, Token};

const EXECUTION_KEYS: &[&str] = &["component", "log_file", "level", "log_args", "log_result"];
const API_KEYS: &[&str] = &["api_name", "log_request", "log_response", "sensitive_fields"];

/// The levels that an attribute may name, in any case, and their names in `bongsu_log::Level`.
const LEVELS: [(&str, &str); 5] =
    [("DEBUG", "Debug"), ("INFO", "Info"), ("WARNING", "Warning"), ("ERROR", "Error"), ("CRITICAL", "Critical")];

/// What `#[log_execution(…)]` was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ExecutionOptions {
    pub(crate) component: Option<String>,
    pub(crate) log_file: Option<String>,
    /// A variant of `bongsu_log::Level`.
    pub(crate) level: &'static str,
    pub(crate) log_args: bool,
    pub(crate) log_result: bool,
}

/// What `#[log_api_call(…)]` was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ApiOptions {
    pub(crate) api_name: Option<String>,
    pub(crate) log_request: bool,
    pub(crate) log_response: bool,
    pub(crate) sensitive_fields: Option<Vec<String>>,
}

/// One `key = value`.
struct Entry {
    key: Ident,
    value: TokenStream,
}

impl ExecutionOptions {
    /// Reads the words of the attribute; every wrong one is in the error.
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self { component: None, log_file: None, level: "Info", log_args: false, log_result: false };
        each_entry(input, "log_execution", EXECUTION_KEYS, |key, entry| {
            match key {
                "component" => options.component = Some(name(entry)?),
                "log_file" => options.log_file = Some(file_name(entry)?),
                "level" => options.level = level(entry)?,
                "log_args" => options.log_args = flag(entry)?,
                _ => options.log_result = flag(entry)?,
            }
            Ok(())
        })?;
        Ok(options)
    }
}

impl ApiOptions {
    /// Reads the words of the attribute; every wrong one is in the error.
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self { api_name: None, log_request: true, log_response: false, sensitive_fields: None };
        each_entry(input, "log_api_call", API_KEYS, |key, entry| {
            match key {
                "api_name" => options.api_name = Some(name(entry)?),
                "log_request" => options.log_request = flag(entry)?,
                "log_response" => options.log_response = flag(entry)?,
                _ => options.sensitive_fields = Some(names(entry)?),
            }
            Ok(())
        })?;
        Ok(options)
    }
}

/// Hands each entry whose key is one of `keys` to `take`; a key that is unknown or stands twice is an error.
fn each_entry(
    input: ParseStream<'_>,
    attribute: &str,
    keys: &[&str],
    mut take: impl FnMut(&str, &Entry) -> syn::Result<()>,
) -> syn::Result<()> {
    let entries = Punctuated::<(Ident, Option<TokenStream>), Token![,]>::parse_terminated_with(input, entry)?;
    let mut seen = Vec::new();
    let mut wrong: Option<Error> = None;
    for (key, value) in entries {
        let word = key.unraw().to_string();
        let taken = if !keys.contains(&word.as_str()) {
            Err(Error::new(key.span(), format!("unknown key `{word}`: `{attribute}` takes {}", listed(keys))))
        } else if seen.contains(&word) {
            Err(Error::new(key.span(), format!("`{word}` stands twice")))
        } else if let Some(value) = value {
            take(&word, &Entry { key, value })
        } else {
            Err(Error::new(key.span(), format!("`{word}` needs a value: `{word} = …`")))
        };
        seen.push(word);
        if let Err(error) = taken {
            match &mut wrong {
                Some(wrong) => wrong.combine(error),
                None => wrong = Some(error),
            }
        }
    }
    wrong.map_or(Ok(()), Err)
}

fn entry(input: ParseStream<'_>) -> syn::Result<(Ident, Option<TokenStream>)> {
    let key = Ident::parse_any(input)?;
    if !input.peek(Token![=]) {
        return Ok((key, None));
    }
    input.parse::<Token![=]>()?;
    Ok((key, Some(value(input)?).filter(|value| !value.is_empty())))
}

/// What stands up to the next comma.
fn value(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut value = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        value.append(input.parse::<TokenTree>()?);
    }
    Ok(value)
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

fn literal(value: &TokenStream) -> Option<Lit> {
    syn::parse2(value.clone()).ok()
}

fn text(entry: &Entry, value: &TokenStream, wanted: &str) -> syn::Result<String> {
    match literal(value) {
        Some(Lit::Str(text)) => Ok(text.value()),
        _ => Err(expected(entry, value, wanted)),
    }
}

fn expected(entry: &Entry, value: &TokenStream, wanted: &str) -> Error {
    Error::new_spanned(value, format!("`{key}` takes {wanted}", key = entry.key.unraw()))
}

fn name(entry: &Entry) -> syn::Result<String> {
    let name = text(entry, &entry.value, "a name in quotes, such as `\"payments\"`")?;
    if name.trim().is_empty() {
        return Err(expected(entry, &entry.value, "a name that is not empty"));
    }
    Ok(name)
}

fn names(entry: &Entry) -> syn::Result<Vec<String>> {
    let wanted = "a list of names in quotes, such as `[\"api_key\", \"password\"]`";
    let list = |input: ParseStream<'_>| {
        input.step(|cursor| {
            let (inside, _, rest) =
                cursor.group(Delimiter::Bracket).ok_or_else(|| expected(entry, &entry.value, wanted))?;
            Ok((inside.token_stream(), rest))
        })
    };
    let elements = Punctuated::<TokenStream, Token![,]>::parse_terminated_with;
    let elements = (|input: ParseStream<'_>| elements(input, value)).parse2(list.parse2(entry.value.clone())?)?;
    elements.iter().map(|element| text(entry, element, wanted)).collect()
}

fn flag(entry: &Entry) -> syn::Result<bool> {
    match literal(&entry.value) {
        Some(Lit::Bool(flag)) => Ok(flag.value),
        _ => Err(expected(entry, &entry.value, "`true` or `false`")),
    }
}

fn level(entry: &Entry) -> syn::Result<&'static str> {
    let wanted = "\"DEBUG\", \"INFO\", \"WARNING\", \"ERROR\" or \"CRITICAL\"";
    let word = text(entry, &entry.value, wanted)?;
    let known = LEVELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word));
    known
        .map(|(_, variant)| *variant)
        .ok_or_else(|| Error::new(entry.value.span(), format!("unknown level `{word}`: `level` takes {wanted}")))
}

/// The rule of `Logging::get_logger`, told before the program runs.
fn file_name(entry: &Entry) -> syn::Result<String> {
    let wanted = "a file name without folders, such as `\"payments.log\"`; `application.log` is taken";
    let file = text(entry, &entry.value, wanted)?;
    if matches!(file.as_str(), "" | "." | ".." | "application.log") || file.contains(['/', '\\', '\0']) {
        return Err(expected(entry, &entry.value, wanted));
    }
    Ok(file)
}

/// Parses what stands in the parentheses.
pub(crate) fn parse<T>(
    words: proc_macro2::TokenStream,
    parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    parser.parse2(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execution(words: &str) -> Result<ExecutionOptions, Vec<String>> {
        parse(words.parse().unwrap(), ExecutionOptions::parse).map_err(|error| said(&error))
    }

    fn api(words: &str) -> Result<ApiOptions, Vec<String>> {
        parse(words.parse().unwrap(), ApiOptions::parse).map_err(|error| said(&error))
    }

    fn said(error: &Error) -> Vec<String> {
        error.clone().into_iter().map(|one| one.to_string()).collect()
    }

    #[test]
    fn an_attribute_without_words_has_the_defaults() {
        let plain =
            ExecutionOptions { component: None, log_file: None, level: "Info", log_args: false, log_result: false };
        assert_eq!(execution(""), Ok(plain));
        let plain = ApiOptions { api_name: None, log_request: true, log_response: false, sensitive_fields: None };
        assert_eq!(api(""), Ok(plain));
    }

    #[test]
    fn every_word_is_read() {
        let all = r#"component = "결제", log_file = "pay.log", level = "debug", log_args = true, log_result = true,"#;
        let read = ExecutionOptions {
            component: Some("결제".into()),
            log_file: Some("pay.log".into()),
            level: "Debug",
            log_args: true,
            log_result: true,
        };
        assert_eq!(execution(all), Ok(read));
        let all =
            r#"api_name = "TMDB", log_request = false, log_response = true, sensitive_fields = ["pin", "주민번호"]"#;
        let read = ApiOptions {
            api_name: Some("TMDB".into()),
            log_request: false,
            log_response: true,
            sensitive_fields: Some(vec!["pin".into(), "주민번호".into()]),
        };
        assert_eq!(api(all), Ok(read));
    }

    #[test]
    fn for_a_wrong_key_the_right_ones_are_listed() {
        assert_eq!(
            execution(r#"log_args = true, file = "x""#),
            Err(vec![
                "unknown key `file`: `log_execution` takes `component`, `log_file`, `level`, `log_args` and \
                 `log_result`"
                    .into()
            ])
        );
        assert_eq!(
            api("level = 3"),
            Err(vec![
                "unknown key `level`: `log_api_call` takes `api_name`, `log_request`, `log_response` and \
                 `sensitive_fields`"
                    .into()
            ])
        );
    }

    #[test]
    fn every_wrong_value_is_told_at_once() {
        assert_eq!(
            execution(r#"level = "LOUD", log_args = "yes", log_args = true, component = 3, log_result"#),
            Err(vec![
                "unknown level `LOUD`: `level` takes \"DEBUG\", \"INFO\", \"WARNING\", \"ERROR\" or \"CRITICAL\""
                    .into(),
                "`log_args` takes `true` or `false`".into(),
                "`log_args` stands twice".into(),
                "`component` takes a name in quotes, such as `\"payments\"`".into(),
                "`log_result` needs a value: `log_result = …`".into(),
            ])
        );
        for words in [r#"sensitive_fields = "pin""#, "sensitive_fields = [pin]", "sensitive_fields = [1]"] {
            let said = api(words).unwrap_err().concat();
            assert!(said.contains("`sensitive_fields` takes a list of names in quotes"), "{said}");
        }
    }

    #[test]
    fn a_file_that_get_logger_would_refuse_is_refused() {
        for file in ["", ".", "..", "a/b.log", "a\\\\b.log", "application.log"] {
            let said = execution(&format!("log_file = \"{file}\"")).unwrap_err().concat();
            assert!(said.contains("a file name without folders"), "{said}");
        }
        assert!(execution("component = \" \"").is_err());
    }
}
