//! Words for people, one Fluent file a language.
//!
//! `en.ftl` and `ko.ftl` hold the same ids. Errors, and what else the libraries say, are English where they are defined;
//! their Korean is in `errors.ko.ftl`, under their ids. So it is with settings and `settings.ko.ftl`.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::lang::Lang;

const ENGLISH: &str = include_str!("words/en.ftl");
const KOREAN: &str = include_str!("words/ko.ftl");
const KOREAN_ERRORS: &str = include_str!("words/errors.ko.ftl");
const KOREAN_SETTINGS: &str = include_str!("words/settings.ko.ftl");

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
            Lang::Ko => ("ko", &[KOREAN, KOREAN_ERRORS, KOREAN_SETTINGS]),
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
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::{Path, PathBuf};

    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
    use fluent_syntax::parser;
    use regex::Regex;

    use super::*;

    #[test]
    fn fills_values_in_and_names_what_is_missing() {
        let words = Words::new(Lang::Ko);
        assert_eq!(words.tell("error-line", &[("text", "안 됨".into())]), "오류: 안 됨");
        assert_eq!(words.say("no-such-text"), "no-such-text");
        assert_eq!(words.find("no-such-text", &[]), None);
    }

    /// Ids (messages and `message.attribute`) with the variables their texts use.
    fn ids(file: &str) -> BTreeMap<String, BTreeSet<String>> {
        let resource = parser::parse(file).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
        let mut ids = BTreeMap::new();
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let mut add = |id: String, pattern: &Pattern<&str>| {
                let mut variables = BTreeSet::new();
                collect(pattern, &mut variables);
                assert!(ids.insert(id.clone(), variables).is_none(), "{id} stands twice");
            };
            if let Some(value) = &message.value {
                add(message.id.name.to_owned(), value);
            }
            for attribute in &message.attributes {
                add(format!("{}.{}", message.id.name, attribute.id.name), &attribute.value);
            }
        }
        ids
    }

    fn collect(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
        for element in &pattern.elements {
            let PatternElement::Placeable { expression } = element else { continue };
            match expression {
                Expression::Inline(InlineExpression::VariableReference { id }) => {
                    variables.insert(id.name.to_owned());
                }
                Expression::Inline(_) => {}
                Expression::Select { selector, variants } => {
                    if let InlineExpression::VariableReference { id } = selector
                        && !only_counts(id.name)
                    {
                        variables.insert(id.name.to_owned());
                    }
                    for variant in variants {
                        collect(&variant.value, variables);
                    }
                }
            }
        }
    }

    /// Variables that only choose between singular and plural, which Korean does not have.
    fn only_counts(name: &str) -> bool {
        name == "n" || name.ends_with("_n")
    }

    fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_texts_with_the_same_variables() {
        let (english, korean) = (ids(ENGLISH), ids(KOREAN));
        for (id, variables) in &english {
            assert_eq!(korean.get(id), Some(variables), "{id}");
        }
        for id in korean.keys() {
            assert!(english.contains_key(id), "only in Korean: {id}");
        }
    }

    #[test]
    fn every_text_that_the_code_asks_for_is_there_and_every_text_is_used() {
        let mut files = Vec::new();
        sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut files);
        let code: String = files.into_iter().map(|(_, text)| text).collect();
        let english = ids(ENGLISH);
        let asked = Regex::new(r#"\.(?:say|tell|hint|section|nothing|title)\(\s*"([a-z][a-z0-9-]+)""#).unwrap();
        for id in asked.captures_iter(&code).map(|found| found[1].to_owned()) {
            let made_up = id == "no-such-text";
            assert!(made_up || english.contains_key(&id), "missing: {id}");
        }
        for id in english.keys().filter(|id| !id.contains('.') && !id.starts_with("cmd")) {
            let known = bongsu_insight::ADVICE.contains(&id.as_str());
            assert!(known || code.contains(&format!("\"{id}\"")), "nobody uses {id}");
        }
        for id in bongsu_insight::ADVICE {
            assert!(english.contains_key(id), "missing: {id}");
        }
    }

    #[test]
    fn no_id_stands_in_two_files_of_a_language() {
        let files = [KOREAN, KOREAN_ERRORS, KOREAN_SETTINGS].map(|file| ids(file).into_keys().collect::<BTreeSet<_>>());
        for (nth, file) in files.iter().enumerate() {
            for other in &files[nth + 1..] {
                assert_eq!(file.intersection(other).collect::<Vec<_>>(), [""; 0]);
            }
        }
    }

    #[test]
    fn every_setting_has_korean_words() {
        let mut settings = crate::config::Settings::default();
        let of = |section: &crate::config::Section<'_>| {
            let fields = section.fields.iter().map(|field| field.name.replace('_', "-"));
            let mut ids: Vec<_> = fields.map(|field| format!("set-{}-{field}", section.name)).collect();
            ids.push(format!("set-{}", section.name));
            ids
        };
        let wanted: BTreeSet<_> = settings.sections().iter().flat_map(of).collect();
        assert_eq!(ids(KOREAN_SETTINGS).into_keys().collect::<BTreeSet<_>>(), wanted);
    }

    #[test]
    fn every_error_of_every_crate_has_korean_words() {
        let mut files = Vec::new();
        sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")), &mut files);
        let body = Regex::new(r"(?s)fn id\(&self\) -> &'static str \{(.*?)\n    \}").unwrap();
        let id = Regex::new(r#""([a-z]+(?:-[a-z0-9]+)+)""#).unwrap();
        let korean = ids(KOREAN_ERRORS);
        let mut seen = BTreeSet::new();
        for (path, text) in &files {
            for found in body.captures_iter(text).flat_map(|body| id.captures_iter(body.get(1).unwrap().as_str())) {
                let id = found[1].to_owned();
                assert!(korean.contains_key(&id), "{}: no Korean for {id}", path.display());
                seen.insert(id);
            }
        }
        assert!(seen.len() > 30, "the search for ids found only {seen:?}");
        for id in bongsu_model::Refusal::ids() {
            assert!(korean.contains_key(id), "no Korean for {id}");
            seen.insert(id.to_owned());
        }
        for id in korean.keys().filter(|id| !id.contains('.')) {
            assert!(seen.contains(id), "no error has the id {id}");
        }
    }
}
