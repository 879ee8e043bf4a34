//! Words for people, one Fluent file a language.
//!
//! `en.ftl` and `ko.ftl` hold the same ids. The texts of errors are English where the error is defined; their Korean
//! is in `errors.ko.ftl`, under the error's id.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::lang::Lang;

const ENGLISH: &str = include_str!("words/en.ftl");
const KOREAN: &str = include_str!("words/ko.ftl");
const KOREAN_ERRORS: &str = include_str!("words/errors.ko.ftl");

/// Names and values that a text refers to.
pub(crate) type Values<'a> = &'a [(&'a str, FluentValue<'a>)];

/// The texts of one language.
pub(crate) struct Words {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// The texts of `lang`.
    pub(crate) fn new(lang: Lang) -> Self {
        let (tag, files): (&str, &[&str]) = match lang {
            Lang::En => ("en", &[ENGLISH]),
            Lang::Ko => ("ko", &[KOREAN, KOREAN_ERRORS]),
        };
        let mut bundle = FluentBundle::new_concurrent(vec![tag.parse::<LanguageIdentifier>().unwrap_or_default()]);
        bundle.set_use_isolating(false);
        for file in files {
            // A test reads every file without an error, so nothing is lost by taking what could be read.
            let resource = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(resource, _)| resource);
            bundle.add_resource_overriding(resource);
        }
        Self { lang, bundle }
    }

    /// The language.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// The text called `id`.
    pub(crate) fn say(&self, id: &str) -> String {
        self.tell(id, &[])
    }

    /// The text called `id` with `values` filled in; the id itself when there is no such text.
    pub(crate) fn tell(&self, id: &str, values: Values<'_>) -> String {
        self.find(id, values).unwrap_or_else(|| id.to_owned())
    }

    /// The text called `id`, if there is one. `name.attribute` names an attribute.
    pub(crate) fn find(&self, id: &str, values: Values<'_>) -> Option<String> {
        let (message, attribute) = id.split_once('.').map_or((id, None), |(m, a)| (m, Some(a)));
        let message = self.bundle.get_message(message)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set(*name, value.clone());
        }
        Some(self.bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned())
    }
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Words").field(&self.lang).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_values_in_and_names_what_is_missing() {
        let words = Words::new(Lang::Ko);
        assert_eq!(words.tell("error-line", &[("text", "안 됨".into())]), "오류: 안 됨");
        assert_eq!(words.say("no-such-text"), "no-such-text");
        assert_eq!(words.find("no-such-text", &[]), None);
    }
}
