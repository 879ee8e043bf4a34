//! Joining templates of which one covers another.

use std::collections::HashMap;

use crate::Template;
use crate::bytes::VARIABLE;
use crate::pattern::Pattern;

/// For each template the position of the most general among `templates` that covers it, its own if there is none.
///
/// For counts that people read: while a word had not yet been seen to vary, its messages got templates of their own.
/// How wide the white space is does not count, and a template without a word covers nothing but itself.
///
/// ```
/// use bongsu_pattern::{Template, merge};
///
/// let templates = ["user alice logged in", "user <*> logged in", "<*> <*> <*> <*>"].map(Template::parse);
/// assert_eq!(merge(&templates.each_ref()), [1, 1, 2]);
/// ```
pub fn merge(templates: &[&Template]) -> Vec<usize> {
    let mut into: Vec<usize> = (0..templates.len()).collect();
    let mut groups: HashMap<(usize, bool), Vec<(usize, Pattern)>> = HashMap::new();
    for (position, template) in templates.iter().enumerate() {
        if let Some(pattern) = Pattern::new(template.pattern()) {
            groups.entry((pattern.len(), pattern.has_rest())).or_default().push((position, pattern));
        }
    }
    for group in groups.values_mut() {
        // What covers has no more fixed text than what it covers, so the first that covers is the most general.
        group.sort_by_key(|(position, pattern)| (fixed(pattern), templates[*position].text(), *position));
        for (at, (position, pattern)) in group.iter().enumerate() {
            let mut general = group[..at].iter().filter(|(_, general)| general.words != 0);
            if let Some((found, _)) = general.find(|(_, general)| general.covers(pattern)) {
                into[*position] = *found;
            }
        }
    }
    into
}

/// Bytes of fixed text in the tokens.
fn fixed(pattern: &Pattern) -> usize {
    (0..pattern.len()).map(|at| pattern.token(at).iter().filter(|&&byte| byte != VARIABLE).count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(texts: &[&str]) -> Vec<usize> {
        let templates: Vec<_> = texts.iter().map(|text| Template::parse(text)).collect();
        merge(&templates.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_most_general_wins() {
        assert_eq!(merged(&["get it c=x", "get <*> c=x", "get <*> c=<*>", "other <*>"]), [2, 2, 2, 3]);
        assert_eq!(merged(&["on Jun <*> at", "on Jun  <*> at"]), [1, 1]);
        assert_eq!(merged(&["stop now", "stop <*><...>", "<...>"]), [0, 1, 2]);
        assert_eq!(merged(&[]), [0; 0]);
    }

    #[test]
    fn joining_again_changes_nothing() {
        let texts = ["go <*> b", "go a b", "go a <*>", "go <*> <*>", "go  a c", "go a b<...>"];
        let into = merged(&texts);
        assert_eq!(into, [3, 3, 3, 3, 3, 5]);
        assert!(into.iter().all(|&at| into[at] == at));
    }
}
