//! Which component a record belongs to.

const PERFORMANCE: &str = "performance.";
const UNKNOWN: &str = "unknown";

/// The component of a record: its logger without the prefix `performance.` when it has that prefix, else its service,
/// else its logger, else `unknown`.
///
/// ```
/// use bongsu_insight::component_of;
///
/// assert_eq!(component_of(Some("shop"), Some("performance.api")), "api");
/// assert_eq!(component_of(Some("shop"), Some("db")), "shop");
/// assert_eq!(component_of(None, Some("db")), "db");
/// ```
pub fn component_of<'a>(service: Option<&'a str>, logger: Option<&'a str>) -> &'a str {
    let filled = |text: Option<&'a str>| text.map(str::trim).filter(|text| !text.is_empty());
    filled(logger.and_then(|logger| logger.strip_prefix(PERFORMANCE)))
        .or(filled(service))
        .or(filled(logger))
        .unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_names_are_no_names() {
        assert_eq!(component_of(None, None), "unknown");
        assert_eq!(component_of(Some(""), Some("performance.")), "performance.");
        assert_eq!(component_of(Some(" "), Some("api ")), "api");
    }
}
