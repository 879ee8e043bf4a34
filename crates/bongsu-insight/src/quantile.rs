//! Exact quantiles.

/// The quantile `q` (0 to 1) of numbers that are in ascending order, with linear interpolation between neighbours as
/// `numpy.quantile` has it by default; 0 when there are none.
///
/// ```
/// use bongsu_insight::quantile;
///
/// assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
/// assert_eq!(quantile(&[7.0], 0.99), 7.0);
/// ```
pub fn quantile(ascending: &[f64], q: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else { return 0.0 };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = (position.floor() as usize).min(last);
    let (low, high) = (ascending[below], ascending[(below + 1).min(last)]);
    let part = position - below as f64;
    // From the nearer end, as numpy does: the far end would lose the last bit.
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values are `numpy.quantile(v, q)`.
    #[test]
    fn agrees_with_numpy() {
        let v: Vec<f64> = (1..=10).map(|n| f64::from(n) * 0.1).collect();
        for (q, expected) in [(0.0, 0.1), (0.5, 0.55), (0.95, 0.955), (0.99, 0.991), (1.0, 1.0)] {
            assert!((quantile(&v, q) - expected).abs() < 1e-12, "{q}");
        }
        assert!(quantile(&[], 0.5).abs() < f64::EPSILON);
    }

    proptest::proptest! {
        #[test]
        fn lies_between_the_ends_and_grows(mut v in proptest::collection::vec(0.0..1e6f64, 1..50), a in 0.0..1.0f64, b in 0.0..1.0f64) {
            v.sort_by(f64::total_cmp);
            let (low, high) = (quantile(&v, a.min(b)), quantile(&v, a.max(b)));
            proptest::prop_assert!(v[0] <= low && low <= high + 1e-9 && high <= v[v.len() - 1] + 1e-9);
        }
    }
}
