//! How long an operation may take before it is slow.

/// What kind of work an operation does, told from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// A call over the network.
    ApiCall,
    /// Work on data in memory.
    DataProcessing,
    /// A statement to a database.
    DatabaseOperation,
    /// Anything else.
    Other,
}

/// Parts of a name in lower case; the first category with a part that the name holds has it.
const PARTS: [(Category, &[&str]); 3] = [
    (Category::ApiCall, &["api", "request", "call"]),
    (Category::DataProcessing, &["process", "transform", "clean"]),
    (Category::DatabaseOperation, &["select", "insert", "update", "delete", "query"]),
];

impl Category {
    /// The category of an operation's name, in any case.
    ///
    /// ```
    /// use bongsu_insight::Category;
    ///
    /// assert_eq!(Category::of("Process API response"), Category::ApiCall);
    /// assert_eq!(Category::of("CLEAN table"), Category::DataProcessing);
    /// assert_eq!(Category::of("train").threshold(), 10.0);
    /// ```
    pub fn of(operation: &str) -> Self {
        let name = operation.to_lowercase();
        PARTS
            .iter()
            .find(|(_, parts)| parts.iter().any(|part| name.contains(part)))
            .map_or(Self::Other, |(category, _)| *category)
    }

    /// Seconds that an operation may take; one that takes more is slow.
    pub const fn threshold(self) -> f64 {
        match self {
            Self::ApiCall => 5.0,
            Self::DataProcessing => 30.0,
            Self::DatabaseOperation => 2.0,
            Self::Other => 10.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_leads_to_its_category() {
        for (category, parts) in PARTS {
            for part in parts {
                assert_eq!(Category::of(&format!("x_{}_y", part.to_uppercase())), category, "{part}");
            }
        }
        assert_eq!(Category::of("학습"), Category::Other);
        assert_eq!(Category::of(""), Category::Other);
    }

    #[test]
    fn earlier_categories_win() {
        assert_eq!(Category::of("query_api"), Category::ApiCall);
        assert_eq!(Category::of("select_and_transform"), Category::DataProcessing);
    }
}
