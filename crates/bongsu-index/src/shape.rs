//! What a template says about the texts that have it.

use bongsu_pattern::Template;

use crate::text::TextAsk;

/// A template cut up for questions.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    text: Box<str>,
    /// The texts between its variables, as they are and in lower case.
    segments: Vec<(Box<[u8]>, Box<[u8]>)>,
    tokens: Vec<Token>,
    /// Whether anything at all may follow.
    rest: bool,
}

/// What stands between two white spaces.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// This text, in lower case.
    Fixed(Box<[u8]>),
    /// A text with a variable in it.
    Variable,
}

/// Where in a token the piece of a text must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    AtEnd,
    Whole,
    AtBeginning,
}

impl Shape {
    /// The shape of `template`.
    pub(crate) fn of(template: &Template) -> Self {
        let rest = template.has_rest();
        let segments: Vec<_> = template
            .segments()
            .map(|text| (Box::from(text.as_bytes()), text.to_ascii_lowercase().into_bytes().into_boxed_slice()))
            .collect();
        let mut tokens = Vec::new();
        let mut token: (Vec<u8>, bool) = (vec![], false);
        for (nth, (_, lower)) in segments.iter().enumerate() {
            token.1 |= nth > 0;
            for byte in lower.iter() {
                if byte.is_ascii_whitespace() {
                    tokens.push(Token::new(std::mem::take(&mut token)));
                } else {
                    token.0.push(*byte);
                }
            }
        }
        tokens.push(Token::new(token));
        Self { text: template.text().into(), segments, tokens, rest }
    }

    /// The template's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// About the bytes that it takes in memory.
    pub(crate) fn size(&self) -> usize {
        let segments: usize = self.segments.iter().map(|(text, _)| 2 * text.len() + 48).sum();
        segments * 2 + self.text.len() + self.tokens.len() * 24
    }

    /// Whether a text of this shape can pass `ask`, and whether every one does. `in_variables` says whether a piece of
    /// the asked text can be in a variable.
    pub(crate) fn judge(&self, ask: &TextAsk, in_variables: u64) -> (bool, bool) {
        let (mut may, mut must) = (false, false);
        let last = self.segments.len() - 1;
        for (nth, (text, lower)) in self.segments.iter().enumerate() {
            let found = ask.in_segment(text, lower, nth == 0, nth == last && !self.rest);
            may |= found.0;
            must |= found.1;
        }
        (may || self.aligned(ask, in_variables), must)
    }

    /// Whether the pieces of the asked text can stand in tokens one behind the other, a variable among them.
    fn aligned(&self, ask: &TextAsk, in_variables: u64) -> bool {
        (0..self.tokens.len() + usize::from(self.rest)).any(|from| {
            let pieces = ask.pieces();
            let last = pieces.len() - 1;
            pieces.enumerate().all(|(nth, piece)| {
                let place = match (nth == 0, nth == last) {
                    (true, true) => Place::Anywhere,
                    (true, false) => Place::AtEnd,
                    (false, true) => Place::AtBeginning,
                    (false, false) => Place::Whole,
                };
                let variable = nth >= 64 || in_variables & (1 << nth) != 0;
                match self.tokens.get(from + nth) {
                    Some(Token::Fixed(token)) => place.fits(token, piece),
                    // What the rest begins with may touch the last token.
                    Some(Token::Variable) => variable,
                    None => self.rest && variable,
                }
            })
        })
    }
}

impl Token {
    fn new((text, variable): (Vec<u8>, bool)) -> Self {
        if variable { Self::Variable } else { Self::Fixed(text.into_boxed_slice()) }
    }
}

impl Place {
    fn fits(self, token: &[u8], piece: &[u8]) -> bool {
        match self {
            Self::Anywhere => memchr::memmem::find(token, piece).is_some(),
            Self::AtEnd => token.ends_with(piece),
            Self::Whole => token == piece,
            Self::AtBeginning => token.starts_with(piece),
        }
    }
}
