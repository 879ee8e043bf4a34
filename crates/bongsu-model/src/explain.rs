//! Errors that a person can act on, and other sentences of the libraries, in the reader's language.

/// An error with a stable id, the words that fill its text, and the way out.
///
/// Libraries write English in their `Display`; the binary looks the id up in its other languages and fills in
/// [`Explain::args`]. A test in the binary checks that every id has a text in every language.
pub trait Explain: std::error::Error {
    /// Stable id, kebab case, such as `store-locked`; the key of the translated text.
    fn id(&self) -> &'static str;

    /// Names and values that the text refers to.
    fn args(&self) -> Vec<(&'static str, String)>;

    /// What to do next, in English; the translated text has it as the attribute `.hint`.
    fn hint(&self) -> Option<String>;

    /// A value of the text that is a phrase of its own, and its name.
    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        None
    }

    /// The values of the text and of the hint that are phrases of their own, and their names, where there are several.
    fn parts(&self) -> Vec<(&'static str, &dyn Phrase)> {
        self.part().into_iter().collect()
    }
}

/// A sentence that a library says in English and a face in its reader's language: why a line was refused, what is wrong
/// with a file, what was done about it.
pub trait Phrase: std::fmt::Display {
    /// Stable id, kebab case, such as `refused-zip`; the key of the translated text.
    fn id(&self) -> &'static str;

    /// Names and values that the text refers to.
    fn args(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    /// A value that is a phrase itself, and its name.
    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        None
    }
}
