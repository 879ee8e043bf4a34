//! What a template says about the texts that have it.

use bongsu_pattern::Template;

use crate::text::{InVariables, TextAsk};

/// A template cut up for questions.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    text: Box<str>,
    /// The texts between its variables, with [`BETWEEN`] for each of these.
    fixed: Box<[u8]>,
    /// The same in lower case.
    lower: Box<[u8]>,
    tokens: Vec<Token>,
    /// Whether anything at all may follow.
    rest: bool,
}

/// Stands for a variable among fixed texts: no UTF-8 has this byte.
pub(crate) const BETWEEN: u8 = 0xff;

/// What stands between two white spaces.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// This text, in lower case.
    Fixed(Box<[u8]>),
    /// A text with a variable in it: what it begins and ends with, in lower case.
    Variable { before: Box<[u8]>, behind: Box<[u8]> },
}

/// A part of all texts of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// The same bytes in all of them.
    Fixed(&'a [u8]),
    /// Any text of such letters, white space among them if `spaces`, at least one letter if `some`.
    Varies { letters: Letters, spaces: bool, some: bool },
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
        let segments: Vec<&[u8]> = template.segments().map(str::as_bytes).collect();
        let fixed = segments.join(&BETWEEN);
        let lower = fixed.to_ascii_lowercase();
        let mut tokens = Vec::new();
        let mut token = Open::default();
        for byte in &lower {
            match *byte {
                BETWEEN => token.varies(),
                byte if byte.is_ascii_whitespace() => tokens.push(std::mem::take(&mut token).end()),
                byte => token.text.push(byte),
            }
        }
        tokens.push(token.end());
        Self { text: template.text().into(), fixed: fixed.into(), lower: lower.into(), tokens, rest }
    }

    /// The template's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many fixed bytes stand before and behind what varies, in each token with a variable.
    pub(crate) fn edges(&self) -> Vec<(usize, usize)> {
        let edges = self.tokens.iter().filter_map(|token| match token {
            Token::Variable { before, behind } => Some((before.len(), behind.len())),
            Token::Fixed(_) => None,
        });
        edges.collect()
    }

    /// What its texts are made of. `letters` are those of each token with a variable, in order.
    pub(crate) fn pieces(&self, letters: &[Letters]) -> Vec<Piece<'_>> {
        let between = |from: usize| memchr::memchr(BETWEEN, &self.fixed[from..]).map(|at| from + at);
        let rest = if self.rest { memchr::memrchr(BETWEEN, &self.fixed) } else { None };
        let mut pieces = Vec::new();
        let (mut from, mut nth) = (0, 0);
        while let Some(first) = between(from) {
            pieces.push(Piece::Fixed(&self.fixed[from..first]));
            if rest == Some(first) {
                pieces.push(Piece::Varies { letters: Letters::ALL, spaces: true, some: false });
                return pieces;
            }
            let end = self.fixed[first..].iter().position(u8::is_ascii_whitespace);
            let end = end.map_or(self.fixed.len(), |at| first + at).min(rest.unwrap_or(self.fixed.len()));
            // What stands between two variables of a token varies with them.
            let last = memchr::memrchr(BETWEEN, &self.fixed[first..end]).map_or(first, |at| first + at);
            let whole = (first == 0 || self.fixed[first - 1].is_ascii_whitespace()) && last + 1 == end;
            let letters = letters.get(nth).copied().unwrap_or(Letters::ALL);
            pieces.push(Piece::Varies { letters, spaces: false, some: whole && rest != Some(end) });
            (from, nth) = (last + 1, nth + 1);
        }
        pieces.push(Piece::Fixed(&self.fixed[from..]));
        pieces
    }

    /// About the bytes that it takes in memory.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.fixed.len() * 3 + self.tokens.len() * 40 + size_of::<Self>()
    }

    /// Whether a text of this shape can pass `ask`, and whether every one does. `in_variables` says which pieces of
    /// the asked text can be in variables.
    /// `letters` are those of each token with a variable, in order, and of the rest.
    pub(crate) fn judge(&self, ask: &TextAsk, in_variables: InVariables, letters: &[Letters]) -> (bool, bool) {
        let (may, must) = ask.in_fixed(&self.fixed, &self.lower, !self.rest);
        (may || in_variables.pieces != 0 && self.aligned(ask, in_variables, letters), must)
    }

    /// Whether the pieces of the asked text can stand in tokens one behind the other, a variable among them.
    fn aligned(&self, ask: &TextAsk, in_variables: InVariables, letters: &[Letters]) -> bool {
        let last = ask.pieces().len() - 1;
        let mut nth_variable = 0;
        for from in 0..self.tokens.len() + usize::from(self.rest) {
            let token = self.tokens.get(from);
            // One piece in a fixed token was looked for already.
            let fixed = matches!(token, Some(Token::Fixed(_)));
            if !(fixed && last == 0) && self.aligned_at(ask, in_variables, letters, (from, nth_variable)) {
                return true;
            }
            nth_variable += usize::from(!fixed);
        }
        false
    }

    /// Whether they can from the token at `from` on, before which there are `nth_variable` with a variable.
    fn aligned_at(
        &self,
        ask: &TextAsk,
        in_variables: InVariables,
        letters: &[Letters],
        (from, mut nth_variable): (usize, usize),
    ) -> bool {
        let rest = letters.last().copied().unwrap_or(Letters::ALL);
        let last = ask.pieces().len() - 1;
        let together = |nth: usize| nth > 64 || in_variables.pairs & (1 << (nth - 1)) != 0;
        let mut after_variable = false;
        ask.pieces().enumerate().all(|(nth, piece)| {
            let place = match (nth == 0, nth == last) {
                (true, true) => Place::Anywhere,
                (true, false) => Place::AtEnd,
                (false, true) => Place::AtBeginning,
                (false, false) => Place::Whole,
            };
            let can = nth >= 64 || in_variables.pieces & (1 << nth) != 0;
            match self.tokens.get(from + nth) {
                Some(Token::Fixed(token)) => {
                    after_variable = false;
                    place.fits(token, piece)
                }
                Some(Token::Variable { before, behind }) => {
                    let mut letters = letters.get(nth_variable).copied().unwrap_or(Letters::ALL);
                    nth_variable += 1;
                    // What the rest begins with may touch the last token.
                    if self.rest && from + nth + 1 == self.tokens.len() {
                        letters = letters.and(rest);
                    }
                    let pair = std::mem::replace(&mut after_variable, true);
                    let can = can && (!pair || together(nth));
                    can && place.fits_variable(before, behind, piece, letters)
                }
                None => {
                    let pair = std::mem::replace(&mut after_variable, true);
                    let can = can && (!pair || together(nth));
                    self.rest && can && Letters::of(piece).are_among(rest)
                }
            }
        })
    }
}

/// A token that is being put together.
#[derive(Default)]
struct Open {
    text: Vec<u8>,
    /// What stood before the first variable.
    before: Option<Vec<u8>>,
}

impl Open {
    fn varies(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.before.get_or_insert(text);
    }

    fn end(self) -> Token {
        let text = self.text.into_boxed_slice();
        match self.before {
            None => Token::Fixed(text),
            Some(before) => Token::Variable { before: before.into_boxed_slice(), behind: text },
        }
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

    /// Whether `piece` can stand here in a token that begins with `before` and ends with `behind`, with `letters` between them.
    fn fits_variable(self, before: &[u8], behind: &[u8], piece: &[u8], letters: Letters) -> bool {
        let (at_beginning, at_end) =
            (matches!(self, Self::Whole | Self::AtBeginning), matches!(self, Self::Whole | Self::AtEnd));
        if at_beginning && before.len() > piece.len() || at_end && behind.len() > piece.len() {
            // The piece ends before the variable begins, or begins behind it.
            return !(self == Self::Whole)
                && (at_beginning && before.starts_with(piece) || at_end && behind.ends_with(piece));
        }
        if at_beginning && !piece.starts_with(before) || at_end && !piece.ends_with(behind) {
            return false;
        }
        let starts = |len: &usize| if at_beginning { *len == before.len() } else { before.ends_with(&piece[..*len]) };
        let ends =
            |len: &usize| if at_end { *len == behind.len() } else { behind.starts_with(&piece[piece.len() - *len..]) };
        (0..=piece.len().min(before.len())).filter(starts).any(|first| {
            let longest = behind.len().min(piece.len() - first);
            (0..=longest).filter(ends).any(|last| Letters::of(&piece[first..piece.len() - last]).are_among(letters))
        })
    }
}

/// Which kinds of letters a text has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Letters(pub(crate) u16);

impl Letters {
    /// Every kind.
    pub(crate) const ALL: Self = Self(u16::MAX);

    /// The kinds of `text`, in any case.
    pub(crate) fn of(text: &[u8]) -> Self {
        Self(text.iter().fold(0, |kinds, byte| kinds | KINDS[*byte as usize]))
    }

    /// The kinds of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The bytes of these kinds, in both cases.
    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(move |byte| KINDS[*byte as usize] & self.0 != 0)
    }

    fn are_among(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// The kind of each byte: letters are told apart by how common they are, so that few texts have all kinds, and signs by what
/// they are part of.
static KINDS: [u16; 256] = kinds();

const fn kinds() -> [u16; 256] {
    let mut table = [1 << 15; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match (byte as u8).to_ascii_lowercase() {
            b'0'..=b'9' => 1,
            b'a'..=b'f' => 1 << 1,
            b'i' | b'n' | b'o' | b'r' | b's' | b't' => 1 << 2,
            b'g' | b'h' | b'l' | b'm' | b'p' | b'u' => 1 << 3,
            b'j' | b'k' | b'q' | b'v' | b'w' | b'x' | b'y' | b'z' => 1 << 4,
            b'.' => 1 << 5,
            b'-' => 1 << 6,
            b':' => 1 << 7,
            b'/' => 1 << 8,
            b'_' => 1 << 9,
            b'"' | b'\'' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b',' | b';' => 1 << 10,
            _ => 1 << 11,
        };
        byte += 1;
    }
    table
}
