//! What is hidden in every message, and how a program adds to it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bongsu_model::Value;

use super::names::{Kind, Names};
use super::number::Wanted;
use super::signs::{self, Signs};
use super::{HIDDEN, block, email, names, number, pairs, scheme, sql, tag, token, url};

/// A kind of secret that [`Rules`] know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// What stands behind a sensitive name: `password=…`, `"api_key": "…"`, `Authorization: …`, `('password', '…')`,
    /// `<password>…</password>`, `--password …`, `PASSWORD '…'`, `IDENTIFIED BY '…'`.
    Names,
    /// Tokens whose beginning tells who issued them (AWS, GitHub, GitLab, Google, `OpenAI`, Slack, Stripe …), JSON web tokens.
    Tokens,
    /// `Bearer …` and `Basic …`.
    Schemes,
    /// The password in `postgres://user:password@host`.
    Urls,
    /// Private keys between `-----BEGIN … PRIVATE KEY-----` and its end.
    PrivateKeys,
    /// Numbers of payment cards, by issuer and check digit.
    Cards,
    /// Korean resident registration numbers, by date of birth; bare ones by their check digit too.
    Residents,
    /// Addresses of e-mail; off unless it is asked for.
    Emails,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 8] = [
        Self::Names,
        Self::Tokens,
        Self::Schemes,
        Self::Urls,
        Self::PrivateKeys,
        Self::Cards,
        Self::Residents,
        Self::Emails,
    ];

    /// The name that a configuration has for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Tokens => "tokens",
            Self::Schemes => "schemes",
            Self::Urls => "urls",
            Self::PrivateKeys => "private_keys",
            Self::Cards => "cards",
            Self::Residents => "residents",
            Self::Emails => "emails",
        }
    }

    /// The rule of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name().eq_ignore_ascii_case(name))
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Tells where secrets stand in a text.
type Finder = Arc<dyn Fn(&str) -> Vec<Range<usize>> + Send + Sync>;

/// What is hidden in the messages and fields of every record.
///
/// A message in which nothing could be a secret, as nearly all, costs a few nanoseconds.
///
/// ```
/// use bongsu_log::mask::{Rule, Rules};
///
/// let rules = Rules::default();
/// assert_eq!(rules.mask("login user=kim password=hunter2"), "login user=kim password=***HIDDEN***");
/// assert_eq!(rules.mask("paid with 4111-1111-1111-1111"), "paid with ***HIDDEN***");
/// assert_eq!(rules.mask("order 2025060612345678 took 12 ms"), "order 2025060612345678 took 12 ms");
///
/// let rules = rules.with(Rule::Emails).without(Rule::Cards).with_field("pin").with_prefix("acme_", 16);
/// assert_eq!(rules.mask("kim@example.com pin=1234"), "***HIDDEN*** pin=***HIDDEN***");
/// ```
#[derive(Clone)]
pub struct Rules {
    on: u8,
    names: Names,
    prefixes: Vec<token::Own>,
    finders: Vec<(Box<str>, Finder)>,
    /// The names that were added, and those that are left, as they were written.
    fields: [Vec<Box<str>>; 2],
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on: Vec<_> = Rule::ALL.into_iter().filter(|rule| self.has(*rule)).collect();
        let own: Vec<_> = self.finders.iter().map(|(name, _)| name).collect();
        let mut shown = f.debug_struct("Rules");
        shown.field("on", &on).field("fields", &self.fields).field("prefixes", &self.prefixes);
        shown.field("own", &own).finish_non_exhaustive()
    }
}

impl Default for Rules {
    /// Every rule but [`Rule::Emails`].
    fn default() -> Self {
        let on = Rule::ALL.iter().fold(0, |on, rule| on | rule.bit()) & !Rule::Emails.bit();
        Self { on, names: Names::default(), ..Self::none() }
    }
}

impl Rules {
    /// Nothing is hidden.
    pub const fn none() -> Self {
        Self {
            on: 0,
            names: Names::none(),
            prefixes: Vec::new(),
            finders: Vec::new(),
            fields: [Vec::new(), Vec::new()],
        }
    }

    /// Whether `rule` is on.
    pub const fn has(&self, rule: Rule) -> bool {
        self.on & rule.bit() != 0
    }

    /// Turns `rule` on.
    #[must_use]
    pub fn with(mut self, rule: Rule) -> Self {
        if rule == Rule::Names && !self.has(rule) {
            let own = std::mem::take(&mut self.names);
            self.names.extend(own);
        }
        self.on |= rule.bit();
        self
    }

    /// Turns `rule` off. Without [`Rule::Names`] the names added with [`Rules::with_field`] do not count either.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        self.on &= !rule.bit();
        self
    }

    /// Hides what stands behind this name and in fields of it, whatever it is. A name counts in any case, with or without `_`
    /// and `-`, and with words before it: `pin` is also `User-PIN`.
    #[must_use]
    pub fn with_field(mut self, name: &str) -> Self {
        self.names.add(name, Kind::Always, true);
        self.fields[0].push(name.into());
        self.on |= Rule::Names.bit();
        self
    }

    /// Leaves what stands behind this name, which the rules would hide.
    #[must_use]
    pub fn without_field(mut self, name: &str) -> Self {
        self.names.add(name, Kind::Never, false);
        self.fields[1].push(name.into());
        self
    }

    /// Hides tokens of one's own: `begin`, and at least `least` letters, digits, `-` or `_` behind it; 16 together at least.
    #[must_use]
    pub fn with_prefix(mut self, begin: &str, least: usize) -> Self {
        self.prefixes.push((begin.into(), least));
        self
    }

    /// Adds a rule that is a function: it tells where secrets stand in a text. It is asked for every text.
    ///
    /// ```
    /// use bongsu_log::mask::Rules;
    ///
    /// let employees = |text: &str| text.match_indices("EMP").map(|(at, _)| at..(at + 9).min(text.len())).collect();
    /// assert_eq!(Rules::default().with_rule("employees", employees).mask("by EMP004711."), "by ***HIDDEN***.");
    /// ```
    #[must_use]
    pub fn with_rule(mut self, name: &str, find: impl Fn(&str) -> Vec<Range<usize>> + Send + Sync + 'static) -> Self {
        self.finders.push((name.into(), Arc::new(find)));
        self
    }

    /// The names that were added and those that are left.
    #[cfg(feature = "config")]
    pub(crate) fn fields(&self) -> [&[Box<str>]; 2] {
        [&self.fields[0], &self.fields[1]]
    }

    /// The beginnings of tokens of one's own, each with the least number of signs behind it.
    #[cfg(feature = "config")]
    pub(crate) fn prefixes(&self) -> &[(Box<str>, usize)] {
        &self.prefixes
    }

    /// `text` with its secrets hidden.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = text.to_owned();
        replace(&mut masked, 0, &found);
        Cow::Owned(masked)
    }

    /// Hides the secrets in what stands from `start` on; how many there were.
    ///
    /// ```
    /// let mut line = String::from("token=a1b2c3d4: token=a1b2c3d4");
    /// assert_eq!(bongsu_log::mask::Rules::default().hide(&mut line, 16), 1);
    /// assert_eq!(line, "token=a1b2c3d4: token=***HIDDEN***");
    /// ```
    pub fn hide(&self, text: &mut String, start: usize) -> usize {
        let found = text.get(start..).map(|text| self.find(text)).unwrap_or_default();
        replace(text, start, &found);
        found.len()
    }

    /// Whether the value of a field of this name is a secret, whatever it is.
    pub fn hides_field(&self, name: &str) -> bool {
        self.has(Rule::Names) && matches!(self.names.of(name), Some(kind) if kind != Kind::UnlessPath)
    }

    /// Whether a number in a field of this name is a secret, too: `password=512` is one, `token=512` may count them.
    pub fn hides_number(&self, name: &str) -> bool {
        self.has(Rule::Names) && self.names.of(name) == Some(Kind::Always)
    }

    /// A field's value with its secrets hidden; none when there are none. Numbers are hidden by the field's name only where
    /// the name stands for nothing but a secret: `token=512` may count them.
    pub fn field(&self, name: &str, value: &Value<'_>) -> Option<Value<'static>> {
        let kind = if self.has(Rule::Names) { self.names.of(name) } else { None };
        let text = match (kind, value) {
            (Some(Kind::Always), _) | (Some(Kind::IfSecret | Kind::Cookie), Value::Str(_) | Value::Json(_)) => {
                HIDDEN.to_owned()
            }
            (Some(Kind::UnlessPath), value) if !matches!(value, Value::Str(text) if names::is_path(text)) => {
                HIDDEN.to_owned()
            }
            (_, Value::Json(text)) => return self.json(text),
            (_, Value::Str(text)) => match self.mask(text) {
                Cow::Owned(text) => text,
                Cow::Borrowed(_) => return None,
            },
            (_, Value::Bool(_) | Value::Int(_) | Value::Float(_)) => return None,
        };
        Some(Value::Str(text.into()))
    }

    /// JSON text whose secrets are hidden, still JSON; none when there are none.
    fn json(&self, text: &str) -> Option<Value<'static>> {
        let found = self.find(text);
        if found.is_empty() {
            return None;
        }
        let mut masked = text.to_owned();
        replace(&mut masked, 0, &found);
        if masked.parse::<serde_json::Value>().is_ok() {
            return Some(Value::Json(masked.into()));
        }
        Some(Value::Str(masked.into()))
    }

    /// Where secrets stand in `text`, in order, none over another.
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let signs = if self.on == 0 && self.prefixes.is_empty() {
            Signs::default()
        } else {
            signs::of(text.as_bytes(), &self.names)
        };
        if signs.none() && self.finders.is_empty() && !self.has(Rule::Emails) {
            return Vec::new();
        }
        self.look(text, signs)
    }

    #[cold]
    fn look(&self, text: &str, signs: Signs) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let on = |rule, sign| self.has(rule) && signs.has(sign);
        if on(Rule::PrivateKeys, Signs::BLOCK) {
            block::find(text, &mut found);
        }
        if on(Rule::Names, Signs::NAMED) {
            names::find(text, &self.names, &mut found);
        }
        if on(Rule::Names, Signs::PAIRED) {
            names::judge(text, pairs::values(text, &self.names), &mut found);
            names::judge(text, tag::values(text, &self.names), &mut found);
            names::judge(text, sql::values(text, &self.names), &mut found);
        }
        if on(Rule::Schemes, Signs::SCHEME) {
            scheme::find(text, &mut found);
        }
        if signs.has(Signs::TOKEN) && (self.has(Rule::Tokens) || !self.prefixes.is_empty()) {
            token::find(text, self.has(Rule::Tokens), &self.prefixes, &mut found);
        }
        if on(Rule::Urls, Signs::URL) {
            url::find(text, &mut found);
        }
        if signs.has(Signs::NUMBER) {
            let wanted = Wanted { cards: self.has(Rule::Cards), residents: self.has(Rule::Residents) };
            number::find(text.as_bytes(), wanted, &mut found);
        }
        if self.has(Rule::Emails) {
            email::find(text, &mut found);
        }
        for (_, find) in &self.finders {
            found.extend(
                find(text).into_iter().filter(|place| place.start < place.end && text.get(place.clone()).is_some()),
            );
        }
        found.retain(|place| text.get(place.clone()) != Some(HIDDEN));
        joined(found)
    }
}

/// Places in order; those that touch or overlap as one.
fn joined(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match joined.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => joined.push(place),
        }
    }
    joined
}

/// Puts the mask in the places, which are counted from `start` and in order.
fn replace(text: &mut String, start: usize, places: &[Range<usize>]) {
    let Some(first) = places.first() else { return };
    let behind = text.split_off(start + first.start);
    let mut done = 0;
    for place in places {
        let (from, to) = (place.start - first.start, place.end - first.start);
        text.push_str(behind.get(done..from).unwrap_or_default());
        text.push_str(HIDDEN);
        done = to;
    }
    text.push_str(behind.get(done..).unwrap_or_default());
}
