//! Korean words for times, put into the English ones that the rest understands.

/// Words that mean the same wherever they stand; longer ones come before those that they begin with.
const WORDS: [(&str, &str); 33] = [
    ("그저께", " day before yesterday "),
    ("엊그제", " day before yesterday "),
    ("그제", " day before yesterday "),
    ("어저께", " yesterday "),
    ("어제", " yesterday "),
    ("오늘", " today "),
    ("금일", " today "),
    ("전일", " yesterday "),
    ("내일", " tomorrow "),
    ("지금", " now "),
    ("현재", " now "),
    ("전체", " all "),
    ("전부", " all "),
    ("모두", " all "),
    ("이번주", " this week "),
    ("금주", " this week "),
    ("지난주", " last week "),
    ("저번주", " last week "),
    ("이번달", " this month "),
    ("이달", " this month "),
    ("지난달", " last month "),
    ("저번달", " last month "),
    ("이번해", " this year "),
    ("올해", " this year "),
    ("금년", " this year "),
    ("지난해", " last year "),
    ("작년", " last year "),
    ("하루", " 1 day "),
    ("한시간", " 1 hour "),
    ("일주일", " 1 week "),
    ("한주", " 1 week "),
    ("한달", " 1 month "),
    ("일년", " 1 year "),
];

/// Units of a length of time, the longer ones first.
const LENGTHS: [(&str, &str); 9] = [
    ("시간", "hour"),
    ("개월", "month"),
    ("주일", "week"),
    ("분", "minute"),
    ("초", "second"),
    ("일", "day"),
    ("주", "week"),
    ("달", "month"),
    ("년", "year"),
];

/// `text` in English; none when there is no Hangul in it.
pub(super) fn english(text: &str) -> Option<String> {
    if !text.chars().any(|c| ('가'..='힣').contains(&c)) {
        return None;
    }
    // Spaces between words are optional in Korean, those between numbers are not.
    let mut joined = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let wide = |c: char| ('가'..='힣').contains(&c);
        let inside = c == ' ' && joined.ends_with(wide) && rest.peek().copied().is_some_and(wide);
        if !inside {
            joined.push(c);
        }
    }
    let text = joined.trim();
    if let Some((first, last)) = text.split_once("부터") {
        let last = last.trim().trim_end_matches("까지");
        return Some(format!("{}..{}", part(first), part(last)));
    }
    if let Some(last) = text.strip_suffix("까지") {
        return Some(format!("..{}", part(last)));
    }
    if let Some((first, last)) = text.split_once("..").or_else(|| text.split_once('~')) {
        return Some(format!("{}..{}", part(first), part(last)));
    }
    Some(part(text))
}

/// One end of a range, or a period.
fn part(text: &str) -> String {
    let mut text = date(text.trim());
    for (korean, english) in WORDS {
        text = text.replace(korean, english);
    }
    let mut text = text.trim().to_owned();
    for recent in ["최근", "지난", "과거"] {
        if let Some(rest) = text.strip_prefix(recent) {
            text = rest.trim_start().into();
        }
    }
    for suffix in ["동안", "이내", "간"] {
        if let Some(rest) = text.strip_suffix(suffix)
            && !text.ends_with("시간")
        {
            text = rest.trim_end().into();
        }
    }
    let ago = text.strip_suffix('전').map(str::to_owned);
    let suffix = if ago.is_some() { " ago" } else { "" };
    let mut text = clock(&ago.unwrap_or(text));
    for (korean, english) in LENGTHS {
        text = after_numbers(&text, korean, &format!(" {english} "));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("{}{suffix}", words.join(" "))
}

/// `text` with `from`, where it stands behind a number, made into `to`.
fn after_numbers(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        out.push_str(&rest[..at]);
        let number = out.trim_end().ends_with(|c: char| c.is_ascii_digit());
        out.push_str(if number { to } else { from });
        rest = &rest[at + from.len()..];
    }
    out.push_str(rest);
    out
}

/// `2025년 6월 1일` becomes `2025-6-1`, what stands behind it stays.
fn date(text: &str) -> String {
    let mut rest = text;
    let mut numbers = Vec::new();
    for (unit, digits) in [("년", 4), ("월", 2), ("일", 2)] {
        let Some((number, behind)) = rest.split_once(unit) else { continue };
        let number = number.trim();
        let fits = !number.is_empty() && number.len() <= digits && number.bytes().all(|b| b.is_ascii_digit());
        if fits && (unit != "년" || number.len() == 4) && (unit != "일" || !numbers.is_empty()) {
            numbers.push(number);
            rest = behind.trim_start();
        }
    }
    // `6월` alone names no year, and reads as `6-1` would.
    if numbers.is_empty() || (numbers.len() == 1 && numbers[0].len() < 3) {
        return text.to_owned();
    }
    let day = numbers.iter().map(|number| format!("{number:0>2}")).collect::<Vec<_>>().join("-");
    format!("{day} {rest}").trim_end().to_owned()
}

/// `오후 3시 30분` becomes `15:30`. Hours of the clock are `시`, those of a length `시간`.
fn clock(text: &str) -> String {
    let Some(at) = text.match_indices('시').map(|(at, _)| at).find(|at| !text[*at..].starts_with("시간")) else {
        return text.to_owned();
    };
    let (before, behind) = (&text[..at], text[at + '시'.len_utf8()..].trim());
    let start = before
        .trim_end()
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let (day, hour) = before.split_at(start);
    let Ok(mut hour) = hour.trim().parse::<u8>() else { return text.to_owned() };
    let (day, noon) = match (day.trim_end().strip_suffix("오후"), day.trim_end().strip_suffix("오전")) {
        (Some(day), _) => (day, Some(12)),
        (_, Some(day)) => (day, Some(0)),
        _ => (day, None),
    };
    if let Some(noon) = noon
        && hour <= 12
    {
        hour = hour % 12 + noon;
    }
    let minute = match behind {
        "" => None,
        "반" => Some(30),
        other => match other.strip_suffix('분').and_then(|minute| minute.trim().parse::<u8>().ok()) {
            Some(minute) => Some(minute),
            None => return text.to_owned(),
        },
    };
    let time = minute.map_or_else(|| format!("{hour:02}"), |minute| format!("{hour:02}:{minute:02}"));
    format!("{day} {time}")
}
