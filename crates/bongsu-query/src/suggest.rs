//! Names that were perhaps meant.

/// The names of `known` that are nearest to `name`, at most three, the nearest first.
pub(crate) fn similar<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let most = (wanted.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let part = wanted.len() >= 3 && lower.split(['.', '_', '-']).any(|part| part == wanted);
            let distance = distance(&wanted, &lower);
            let distance = if part { distance.min(most) } else { distance };
            (distance <= most).then_some((distance, candidate))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour to make `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, to) in b.iter().enumerate() {
            let changed = last[j] + usize::from(from != to);
            row[j + 1] = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *to && *from == b[j - 1] {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_of_the_finger_and_last_names() {
        let known = ["message", "service", "status", "http.status", "trace_id", "userId"];
        assert_eq!(similar("mesage", known), ["message"]);
        assert_eq!(similar("sevrice", known), ["service"]);
        assert_eq!(similar("status", known), ["status", "http.status"]);
        assert_eq!(similar("userid", known), ["userId"]);
        assert!(similar("zebra", known).is_empty());
    }
}
