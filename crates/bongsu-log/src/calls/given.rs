//! A value of any type as JSON: the compiler takes the first of the traits below that the type allows, since a call on
//! `&&&&Given` looks at `&&&Given` first and at `Given` last.

use std::fmt::{Debug, Display};

use serde_core::Serialize;
use serde_json::Value;

/// A value that was handed to a function, or that it gave back.
#[derive(Debug)]
pub struct Given<'v, T>(pub &'v T);

/// A value as JSON.
#[derive(Debug, PartialEq)]
pub struct Json {
    pub(super) value: Value,
    pub(super) from: From,
}

/// What a value was made JSON by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Serialize,
    Debug,
    TypeName,
}

impl Json {
    fn debug(value: &impl Debug) -> Self {
        Self { value: format!("{value:?}").into(), from: From::Debug }
    }

    fn type_name<T>() -> Self {
        Self { value: format!("<{}>", std::any::type_name::<T>()).into(), from: From::TypeName }
    }

    /// Bytes of the text: of a string its own, of anything else those of its JSON; none where it only names the type.
    pub(super) fn size(&self) -> Option<usize> {
        let size = match &self.value {
            Value::String(text) => text.len(),
            value => value.to_string().len(),
        };
        (self.from != From::TypeName).then_some(size)
    }
}

/// What can be both: where serialising fails (a map whose keys are no strings), `Debug` helps.
pub trait SerializeOrDebug {
    /// The value.
    fn json(&self) -> Json;
}

impl<T: Serialize + Debug> SerializeOrDebug for &&&Given<'_, T> {
    fn json(&self) -> Json {
        serde_json::to_value(self.0).map_or_else(|_| Json::debug(self.0), |value| Json { value, from: From::Serialize })
    }
}

/// What can be serialised.
pub trait OnlySerialize {
    /// The value.
    fn json(&self) -> Json;
}

impl<T: Serialize> OnlySerialize for &&Given<'_, T> {
    fn json(&self) -> Json {
        serde_json::to_value(self.0)
            .map_or_else(|_| Json::type_name::<T>(), |value| Json { value, from: From::Serialize })
    }
}

/// What has a `Debug` form.
pub trait OnlyDebug {
    /// That form, as a string.
    fn json(&self) -> Json;
}

impl<T: Debug> OnlyDebug for &Given<'_, T> {
    fn json(&self) -> Json {
        Json::debug(self.0)
    }
}

/// Anything else.
pub trait Nameless {
    /// The name of the type.
    fn json(&self) -> Json;
}

impl<T> Nameless for Given<'_, T> {
    fn json(&self) -> Json {
        Json::type_name::<T>()
    }
}

/// What can be displayed.
pub trait Displayed {
    /// The text.
    fn displayed(&self) -> Option<String>;
}

impl<T: Display> Displayed for &Given<'_, T> {
    fn displayed(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}

/// What cannot be displayed.
pub trait NotDisplayed {
    /// Nothing.
    fn displayed(&self) -> Option<String>;
}

impl<T> NotDisplayed for Given<'_, T> {
    fn displayed(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
#[allow(clippy::needless_borrow, reason = "the references choose the trait")]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Debug)]
    #[allow(dead_code, reason = "shown by Debug")]
    struct Page {
        number: u32,
    }

    struct Opaque;

    #[test]
    fn a_value_is_told_as_well_as_its_type_allows() {
        assert_eq!((&&&&Given(&vec![1, 2])).json().value, json!([1, 2]));
        assert_eq!((&&&&Given(&"a")).json().value, json!("a"));
        assert_eq!((&&&&Given(&Page { number: 2 })).json().value, json!("Page { number: 2 }"));
        let opaque = (&&&&Given(&Opaque)).json();
        assert!(opaque.value.as_str().unwrap().ends_with("::Opaque>") && opaque.size().is_none());
        let keyed = BTreeMap::from([((1, 2), 3)]);
        assert_eq!((&&&&Given(&keyed)).json().value, json!("{(1, 2): 3}"));
    }

    #[test]
    fn the_size_is_that_of_the_text() {
        assert_eq!((&&&&Given(&"봉수")).json().size(), Some(6));
        assert_eq!((&&&&Given(&[550])).json().size(), Some(5));
    }

    #[test]
    fn only_what_can_be_displayed_is() {
        assert_eq!((&&Given(&"a")).displayed(), Some("a".into()));
        assert_eq!((&&Given(&Opaque)).displayed(), None);
    }
}
