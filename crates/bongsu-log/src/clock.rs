//! The time that records have.

use std::sync::Arc;
use std::time::Duration;

use bongsu_model::{Clock, Timestamp};

use crate::config::Layouts;
use crate::file;

/// The clock of a logging. Where no line of it shows more than seconds, none is asked for more: the machine's exact clock costs as
/// much as a fifth of a record.
#[derive(Debug)]
pub(crate) struct RecordClock {
    clock: Arc<dyn Clock>,
    by_seconds: bool,
}

impl RecordClock {
    pub(crate) fn new(clock: Arc<dyn Clock>, layouts: &Layouts, is_shipped: bool) -> Self {
        let by_seconds =
            clock.is_machines() && !is_shipped && layouts.all().iter().all(|layout| layout.shows_seconds());
        Self { clock, by_seconds }
    }

    /// The time for a record: of this second, and exact where that is shown.
    #[inline]
    pub(crate) fn for_record(&self) -> Timestamp {
        if self.by_seconds
            && let Some(time) = file::this_second()
        {
            return time;
        }
        self.clock.now()
    }

    pub(crate) fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }
}

#[cfg(test)]
mod tests {
    use bongsu_format::render::Layout;
    use bongsu_model::{FixedClock, SystemClock};

    use super::*;

    #[test]
    fn time_is_exact_where_it_is_shown_or_the_clock_is_another() {
        let by_seconds = |clock, layouts: &Layouts, is_shipped| RecordClock::new(clock, layouts, is_shipped).by_seconds;
        let (machine, usual) = (Arc::new(SystemClock), Layouts::default());
        assert!(by_seconds(machine.clone(), &usual, false));
        assert!(!by_seconds(machine.clone(), &usual, true));
        let fixed = FixedClock::new(Timestamp::from_nanos(7));
        assert!(!by_seconds(Arc::new(fixed), &usual, false));
        for layout in [Layout::Json, Layout::Template("{time:%3f}".parse().unwrap())] {
            let console = Layouts { console: layout.clone(), ..Layouts::default() };
            let performance = Layouts { performance: layout, ..Layouts::default() };
            assert!(!by_seconds(machine.clone(), &console, false) && !by_seconds(machine.clone(), &performance, false));
        }
    }
}
