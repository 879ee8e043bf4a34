//! How a function turned out, whatever it gives back: the compiler takes the first of the traits below that the type
//! allows, since a call on `&&&&&&&Outcome` looks at `&&&&&&Outcome` first and at `Outcome` last.

use std::error::Error;
use std::fmt::{Debug, Display};

use crate::context::chain;

/// What a function gave back.
#[derive(Debug)]
pub struct Outcome<'r, T>(pub &'r T);

/// What went wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    pub(super) error: String,
    /// The error and its sources, one a line.
    pub(super) causes: String,
}

impl Failure {
    fn new(error: &dyn Error) -> Self {
        Self { error: error.to_string(), causes: chain(error) }
    }

    fn text(error: String) -> Self {
        Self { causes: error.clone(), error }
    }
}

/// A trait whose method tells of the failure of a `Result` with such an error.
macro_rules! failures {
    ($($(#[$doc:meta])* $name:ident for $type:ty, $error:ident: ($($bound:tt)+), $value:ident => $told:expr;)+) => {$(
        $(#[$doc])*
        pub trait $name {
            /// What went wrong, if anything did.
            fn failure(&self) -> Option<Failure>;
        }

        impl<T, $error: $($bound)+> $name for $type {
            fn failure(&self) -> Option<Failure> {
                self.0.as_ref().err().map(|$value| $told)
            }
        }
    )+};
}

failures! {
    /// A proper error.
    FailsWithError for &&&&&&Outcome<'_, Result<T, E>>, E: (Error), error => Failure {
        error: error.to_string(),
        causes: causes(error),
    };
    /// A boxed error that may go to other threads, one of `anyhow` or `eyre`.
    FailsWithShared for &&&&&Outcome<'_, Result<T, E>>, E: (AsRef<dyn Error + Send + Sync>), error =>
        Failure::new(error.as_ref());
    /// A boxed error.
    FailsWithBoxed for &&&&Outcome<'_, Result<T, E>>, E: (AsRef<dyn Error>), error => Failure::new(error.as_ref());
    /// A text.
    FailsWithDisplay for &&&Outcome<'_, Result<T, E>>, E: (Display), error => Failure::text(error.to_string());
    /// A value for developers.
    FailsWithDebug for &&Outcome<'_, Result<T, E>>, E: (Debug), error => Failure::text(format!("{error:?}"));
    /// A value that cannot be shown.
    FailsUntold for &Outcome<'_, Result<T, E>>, E: (Sized), _error =>
        Failure::text(format!("<{}>", std::any::type_name::<E>()));
}

/// An error that need not be `'static` cannot be a `dyn Error` of the kind that [`chain`] takes, its sources can.
fn causes(error: &impl Error) -> String {
    match error.source() {
        Some(source) => format!("{error}\ncaused by: {}", chain(source)),
        None => error.to_string(),
    }
}

/// Anything but a `Result`.
pub trait NeverFails {
    /// Nothing.
    fn failure(&self) -> Option<Failure>;
}

impl<T> NeverFails for Outcome<'_, T> {
    fn failure(&self) -> Option<Failure> {
        None
    }
}

/// A `Result`.
pub trait SuccessOfResult<'r, T> {
    /// The value in `Ok`.
    fn success(&self) -> Option<&'r T>;
}

impl<'r, T, E> SuccessOfResult<'r, T> for &Outcome<'r, Result<T, E>> {
    fn success(&self) -> Option<&'r T> {
        self.0.as_ref().ok()
    }
}

/// Anything but a `Result`.
pub trait SuccessOfValue<'r, T> {
    /// The value itself.
    fn success(&self) -> Option<&'r T>;
}

impl<'r, T> SuccessOfValue<'r, T> for Outcome<'r, T> {
    fn success(&self) -> Option<&'r T> {
        Some(self.0)
    }
}

#[cfg(test)]
#[allow(clippy::needless_borrow, reason = "the references choose the trait")]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot load")]
    struct Load(#[source] io::Error);

    #[derive(Debug)]
    struct Coded(#[allow(dead_code, reason = "shown by Debug")] u8);

    struct Opaque;

    fn told<E>(error: E) -> Result<(), E> {
        Err(error)
    }

    /// The texts of a failure, empty when there is none.
    macro_rules! failure {
        ($result:expr) => {
            (&&&&&&&Outcome(&$result)).failure().map(|failure| (failure.error, failure.causes)).unwrap_or_default()
        };
    }

    fn pair(error: &str, causes: &str) -> (String, String) {
        (error.to_owned(), causes.to_owned())
    }

    #[test]
    fn every_kind_of_error_is_told_with_what_it_has() {
        let load = || Load(io::Error::other("disk full"));
        let with_source = pair("cannot load", "cannot load\ncaused by: disk full");
        assert_eq!(failure!(told(load())), with_source);
        assert_eq!(failure!(told(Box::<dyn Error + Send + Sync>::from(load()))), with_source);
        assert_eq!(failure!(told(Box::<dyn Error>::from(load()))), with_source);
        assert_eq!(failure!(told("text")), pair("text", "text"));
        assert_eq!(failure!(told(Coded(7))), pair("Coded(7)", "Coded(7)"));
        assert!(failure!(told(Opaque)).0.ends_with("::Opaque>"));
        assert_eq!(failure!(Ok::<u8, Load>(1)), pair("", ""));
        assert_eq!(failure!(Some(3)), pair("", ""));
    }

    #[test]
    fn success_is_the_value_in_ok_or_the_value() {
        assert_eq!((&&Outcome(&Ok::<u8, Load>(1))).success(), Some(&1));
        assert_eq!((&&Outcome(&told(3))).success(), None);
        assert_eq!((&&Outcome(&Some(3))).success(), Some(&Some(3)));
    }
}
