//! What happened in a generated system, and how each event reads as a line.

use bongsu_model::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The window's end, seconds of local time since an arbitrary local midnight; see [`local`].
pub(crate) const AT: i64 = 12 * 3_600;
const DAY: i64 = 86_400;

pub(crate) const COMPONENTS: [&str; 4] = ["api", "data", "store", "결제"];
const MESSAGES: [&str; 12] = [
    "ConnectionError: 연결이 거부되었습니다",
    "TimeoutError: no answer in 30 s",
    "request failed with HTTP 404",
    "request failed with http 500",
    "ValidationError: 열 `price`가 없습니다",
    "CRITICAL path lost",
    "disk full on /var",
    "Disk Full on /srv",
    "something nobody has a rule for",
    "after ConnectionError came HTTP 404",
    "모델을 불러오지 못했습니다: 입력 벡터의 길이가 다릅니다. 기대한 길이는 128이고 실제 길이는 96입니다. 특징 저장소의 판과 모델의 판이 서로 맞는지 확인하십시오. 같은 오류가 되풀이되면 담당자에게 알려 주십시오. 끝.",
    "a | b || c",
];
/// Operation and the seconds it may take, in milliseconds.
const OPERATIONS: [(&str, i64); 8] = [
    ("api_call", 5_000),
    ("Send Request", 5_000),
    ("process_batch", 30_000),
    ("clean data", 30_000),
    ("select_users", 2_000),
    ("database_query", 2_000),
    ("train", 10_000),
    ("학습", 10_000),
];

/// Numbers to choose with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed(u64);

impl Seed {
    pub(crate) fn of(number: u64) -> Self {
        Self(number)
    }

    fn part(self, which: u32, choices: usize) -> usize {
        (self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(which * 11) >> 16) as usize % choices
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum How {
    /// A line of `error/error.log`, copied to `app/`.
    Detailed,
    /// An object of `error/json.log`, level before message or after it.
    Json { level_first: bool },
    /// A line of `error/plain.log` that has no time.
    Timeless,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    Error { level: &'static str, message: String, how: How },
    Operation { name: &'static str, millis: i64, threshold: i64 },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    /// Seconds as in [`AT`].
    pub(crate) secs: i64,
    pub(crate) component: &'static str,
    pub(crate) what: What,
}

/// How many events of each kind lie in the window, and how many of each lie outside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) errors: usize,
    pub(crate) critical: usize,
    pub(crate) slow: usize,
    pub(crate) fast: usize,
    pub(crate) outside: usize,
}

/// As many events of each kind as the plan wants, in the order of their times.
pub(crate) fn plan(plan: Plan, seeds: &[Seed]) -> Vec<Event> {
    let mut events = Vec::new();
    let seed = |nth: usize| Seed(seeds[nth % seeds.len()].0.wrapping_add(nth as u64));
    for nth in 0..plan.errors {
        let level = if nth < plan.critical { "CRITICAL" } else { "ERROR" };
        events.push(error(seed(nth), level, inside(seed(nth), nth)));
    }
    for nth in 0..plan.slow + plan.fast {
        events.push(operation(seed(nth + 1_000), nth < plan.slow, inside(seed(nth + 1_000), nth)));
    }
    for nth in 0..plan.outside {
        let beside = [AT + 1, AT - DAY - 1, AT + 5_000, AT - 3 * DAY][nth % 4];
        let mut lost = error(seed(nth + 2_000), "CRITICAL", beside);
        if let What::Error { how, .. } = &mut lost.what {
            *how = How::Detailed;
        }
        events.push(lost);
        events.push(operation(seed(nth + 3_000), true, beside));
    }
    events.sort_by_key(|event| event.secs);
    events
}

/// The first two of a kind lie exactly at the window's edges; no two of the first 200 share a second.
fn inside(seed: Seed, nth: usize) -> i64 {
    match nth {
        0 => AT,
        1 => AT - DAY,
        _ => AT - (seed.part(0, DAY as usize / 200) * 200 + nth % 200) as i64,
    }
}

fn error(seed: Seed, level: &'static str, secs: i64) -> Event {
    let message = MESSAGES[seed.part(1, MESSAGES.len())];
    let message = if seed.part(2, 3) == 0 { format!("{message} #{}", seed.part(3, 3)) } else { message.to_owned() };
    let how = match seed.part(4, 10) {
        0 => How::Json { level_first: true },
        1 => How::Json { level_first: false },
        2 => How::Timeless,
        _ => How::Detailed,
    };
    Event { secs, component: COMPONENTS[seed.part(5, COMPONENTS.len())], what: What::Error { level, message, how } }
}

fn operation(seed: Seed, slow: bool, secs: i64) -> Event {
    let (name, threshold) = OPERATIONS[seed.part(1, OPERATIONS.len())];
    let millis = match (slow, seed.part(2, 4)) {
        (true, 0) => threshold + 1,
        (true, _) => threshold + 1 + seed.part(3, 50_000) as i64,
        (false, 0) => threshold,
        (false, _) => seed.part(3, threshold as usize) as i64,
    };
    let component = COMPONENTS[seed.part(4, COMPONENTS.len())];
    Event { secs, component, what: What::Operation { name, millis, threshold } }
}

/// A zone that has no daylight saving and is not the machine's.
pub(crate) fn zone() -> TimeZone {
    TimeZone::get("Asia/Seoul").unwrap()
}

pub(crate) fn local(secs: i64) -> DateTime {
    let midnight = jiff::civil::date(2025, 6, 6).at(0, 0, 0, 0);
    midnight.checked_add(jiff::SignedDuration::from_secs(secs)).unwrap()
}

pub(crate) fn timestamp(secs: i64) -> Timestamp {
    Timestamp::from_jiff(local(secs).to_zoned(zone()).unwrap().timestamp()).unwrap()
}

impl Event {
    fn written_time(&self) -> String {
        local(self.secs).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The event's line in the folder it belongs to.
    pub(crate) fn line(&self) -> String {
        match &self.what {
            What::Error { how: How::Detailed, .. } => self.detailed(),
            What::Error { level, message, how: How::Json { level_first } } => {
                let time = local(self.secs).strftime("%Y-%m-%dT%H:%M:%S+09:00");
                let message = serde_json::Value::from(message.as_str());
                if *level_first {
                    format!(
                        r#"{{"time":"{time}","level":"{level}","logger":"{}","message":{message}}}"#,
                        self.component
                    )
                } else {
                    format!(
                        r#"{{"time":"{time}","message":{message},"logger":"{}","level":"{level}"}}"#,
                        self.component
                    )
                }
            }
            What::Error { level, message, how: How::Timeless } => format!("{level}:{}:{message}", self.component),
            What::Operation { .. } => {
                let logger = format!("performance.{}", self.component);
                format!("[{}] PERF {logger:<15} | {}", self.written_time(), self.performance())
            }
        }
    }

    /// The same event as `app/` has it.
    pub(crate) fn detailed(&self) -> String {
        let time = self.written_time();
        match &self.what {
            What::Error { level, message, .. } => {
                format!("[{time}] {level:<8} {:<15} {:<20} L{:>3} | {message}", self.component, "run", 12)
            }
            What::Operation { .. } => {
                let logger = format!("performance.{}", self.component);
                format!("[{time}] INFO     {logger:<15} {:<20} L{:>3} | {}", "log", 88, self.performance())
            }
        }
    }

    fn performance(&self) -> String {
        let What::Operation { name, millis, .. } = &self.what else { return String::new() };
        let metadata = if millis % 2 == 0 { r#" | {"rows": 10}"# } else { "" };
        format!("{name} completed in {}.{:03}s{metadata}", millis / 1_000, millis % 1_000)
    }
}
