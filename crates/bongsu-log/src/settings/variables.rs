//! Reading the environment.

use super::Settings;
use super::error::SettingsError;
use super::file::{Found, take};
use super::nearest::nearest;
use super::node::{Entry, Node, What};
use super::tree::{KEYS, VARIABLES, key};

/// Names the file that is read.
pub(super) const FILE: &str = "BONGSU_LOG_CONFIG";

/// What the variables of the table `ship` begin with.
const SHIP: &str = "BONGSU_LOG_SHIP_";

pub(super) fn read(variables: impl IntoIterator<Item = (String, String)>) -> Result<Settings, SettingsError> {
    let known: Vec<_> = KEYS.iter().filter_map(|key| Some((key.variable()?, key))).collect();
    let mut ship = Vec::new();
    let mut settings = Settings::default();
    let mut given: Vec<_> = variables.into_iter().filter(|(name, _)| name.starts_with(VARIABLES)).collect();
    // In the order of the keys: levels of one's own come before those who name them.
    given.sort_by_key(|(name, _)| known.iter().position(|(known, _)| known == name));
    for (name, text) in given.into_iter().filter(|(name, text)| name != FILE && !text.trim().is_empty()) {
        if let Some(name) = name.strip_prefix(SHIP).filter(|name| !name.is_empty()) {
            ship.push(Entry { key: name.to_lowercase(), line: 0, value: Node::text(&text) });
            continue;
        }
        let Some((_, key)) = known.iter().find(|(known, _)| *known == name) else {
            let names = known.iter().map(|(name, _)| name.as_str()).chain([FILE]);
            return Err(SettingsError::Variable { nearest: nearest(&name, names).map(str::to_owned), name });
        };
        let found = Found { key, value: Node::text(&text) };
        settings = settings.below(take(vec![found], &|_| name.clone())?);
    }
    if let Some(key) = key("ship").filter(|_| !ship.is_empty()) {
        let value = Node { what: What::Table(ship), line: 0 };
        settings = settings.below(take(vec![Found { key, value }], &|_| SHIP.to_owned())?);
    }
    Ok(settings)
}
