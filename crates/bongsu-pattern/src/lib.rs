//! Template mining: what is fixed in a log message and what varies.
//!
//! In: messages, one at a time, and the templates that are known from before ([`Miner`]). Out: for each message a
//! [`Template`] that fits it and the tokens of the message that hold a variable; [`merge`] joins templates of which one
//! covers another, for counting.
//!
//! Must never know: which program wrote a message, columns, files, clocks, how templates are kept.
//!
//! # What is promised
//!
//! A message is split at ASCII white space into tokens; the white space is part of the template, byte by byte. A
//! template's text is its fixed text with `<*>` for each variable and, only at its end, `<...>` for the rest. For a
//! message and its template
//!
//! - the message is the fixed texts in their order with some text for each variable between them; such a text holds
//!   no ASCII white space, and may be empty; the rest may hold anything;
//! - each token that holds a variable, even an empty one, is reported by [`Miner::variables`] as a whole, its fixed part
//!   included, the rest as one range to the end of the message;
//! - so what is outside the reported ranges stands in the template's text exactly as in the message.
//!
//! The rest begins with the second line, after [`MAX_TOKENS`] tokens, or where a message is too long to be read on: a
//! text that somebody looks for there must be looked for in the messages.
//!
//! A text says everything about a template: equal texts are equal templates with equal ids, on every machine. `<*>` and
//! `<...>` in a message are taken as variables, so no fixed text holds them.
//!
//! Templates never change. A miner that learns that a word varies makes a new template; rows that have the old one stay
//! right.
//!
//! ```
//! use bongsu_pattern::{Miner, MinerConfig};
//!
//! let mut miner = Miner::new(MinerConfig::default());
//! let message = "Failed password for root from 203.0.113.7 port 42393 ssh2";
//! let slot = miner.learn(message);
//! let template = miner.template(slot).unwrap();
//! assert_eq!(template.text(), "Failed password for root from <*> port <*> ssh2");
//! let variables: Vec<_> = miner.variables().map(|range| &message[range]).collect();
//! assert_eq!(variables, ["203.0.113.7", "42393"]);
//! ```

mod bytes;
mod cluster;
mod mask;
mod merge;
mod miner;
mod pattern;
mod shape;
mod similar;
mod template;

pub use merge::merge;
pub use miner::{Miner, MinerConfig};
pub use shape::MAX_TOKENS;
pub use template::{Template, TemplateId, Token};
