//! Numbers of payment cards and of Korean residents.

use std::ops::Range;

/// Which numbers are looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) cards: bool,
    pub(super) residents: bool,
}

/// Adds where they stand in `text`.
pub(super) fn find(text: &[u8], wanted: Wanted, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let start = at;
        at += 1;
        if !byte.is_ascii_digit() {
            continue;
        }
        let length = digits_at(text, start);
        at = start + length;
        // The first group of every number that is looked for.
        if !matches!(length, 4 | 6 | 13..=19) {
            continue;
        }
        let groups = Groups::at(text, start);
        if !groups.stands_alone(text, start) {
            continue;
        }
        let number = groups.digits(text, start);
        let is = match groups.lengths() {
            [6, 7] if groups.hyphens => wanted.residents && is_resident(&number, false),
            [13] => wanted.residents && is_resident(&number, true),
            [4, 4, 4, 4] | [4, 6, 4 | 5] => wanted.cards && is_card(&number, true),
            [14..=19] => wanted.cards && is_card(&number, false) && !is_id(text, start),
            _ => false,
        };
        if is {
            found.push(start..groups.end);
            at = groups.end;
        }
    }
}

fn digits_at(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while text.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    end - start
}

/// Digits in groups, with the same sign between all of them.
#[derive(Debug)]
struct Groups {
    lengths: [usize; 4],
    count: usize,
    end: usize,
    hyphens: bool,
}

impl Groups {
    fn at(text: &[u8], start: usize) -> Self {
        let mut groups = Self { lengths: [0; 4], count: 0, end: start, hyphens: false };
        let mut sign = None;
        let mut begin = start;
        while groups.count < groups.lengths.len() {
            let length = digits_at(text, begin);
            if length == 0 {
                break;
            }
            groups.lengths[groups.count] = length;
            groups.count += 1;
            groups.end = begin + length;
            match text.get(groups.end) {
                Some(next @ (b' ' | b'-')) if sign.is_none_or(|sign| sign == *next) => sign = Some(*next),
                _ => break,
            }
            begin = groups.end + 1;
        }
        groups.hyphens = sign == Some(b'-');
        groups
    }

    fn lengths(&self) -> &[usize] {
        self.lengths.get(..self.count).unwrap_or_default()
    }

    /// Whether this is no part of a longer word, number or id.
    fn stands_alone(&self, text: &[u8], start: usize) -> bool {
        let near = |at: Option<usize>| at.and_then(|at| text.get(at)).copied().unwrap_or(b' ');
        let (before, behind) = (near(start.checked_sub(1)), near(Some(self.end)));
        let (farther, beyond) = (near(start.checked_sub(2)), near(Some(self.end + 1)));
        let joins = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
        let links =
            |sign: u8, next: u8| matches!(sign, b'-' | b'.' | b',' | b'+' | b':' | b'/') && next.is_ascii_digit();
        // `-` before letters goes on as an id does: `…-4111-…-a1b2`.
        let id = |sign: u8, next: u8| sign == b'-' && next.is_ascii_alphanumeric();
        let korean = |before: bool| before && !text.get(start - 1).is_none_or(u8::is_ascii);
        (!joins(before) || korean(start > 0))
            && (!joins(behind) || !behind.is_ascii())
            && !links(before, farther)
            && !links(behind, beyond)
            && !id(behind, beyond)
            && !(before == b'-' && farther == b'_')
    }

    fn digits(&self, text: &[u8], start: usize) -> Vec<u8> {
        let number = text.get(start..self.end).unwrap_or_default();
        number.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect()
    }
}

/// Whether the name of what is counted or identified stands before the number: `traceID=…`, `"order": …`, `offset …`.
fn is_id(text: &[u8], start: usize) -> bool {
    const NAMES: [&str; 8] = ["order", "trace", "span", "offset", "seq", "stamp", "time", "hash"];
    let signs = |byte: &u8| matches!(byte, b'=' | b':' | b' ' | b'"' | b'\'');
    let before = text.get(..start).unwrap_or_default();
    let named = before.len() - before.iter().rev().take_while(|byte| signs(byte)).count();
    let name = before.get(..named).unwrap_or_default();
    let ends = |word: &str| {
        let last = name.len().checked_sub(word.len()).and_then(|at| name.get(at..));
        last.is_some_and(|last| last.eq_ignore_ascii_case(word.as_bytes()))
    };
    // `paid`, `invalid` and `said` are no ids.
    (ends("id") && !ends("aid") && !ends("lid")) || NAMES.iter().any(|word| ends(word))
}

fn value(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, digit| value * 10 + u32::from(*digit))
}

/// Whether an issuer gives numbers of this beginning and length, and the last digit is what Luhn's rule makes it.
fn is_card(number: &[u8], grouped: bool) -> bool {
    let begin = |length: usize| number.get(..length).map_or(0, value);
    let issued = match number.len() {
        14 => begin(2) == 36 || matches!(begin(2), 38 | 39) || matches!(begin(3), 300..=305),
        15 => matches!(begin(2), 34 | 37),
        16 => {
            begin(1) == 4
                || matches!(begin(2), 51..=55 | 62 | 65)
                || matches!(begin(3), 644..=649)
                || matches!(begin(4), 2221..=2720 | 3528..=3589 | 6011)
                // Cards for Korea only; bare, too many other numbers begin so.
                || (grouped && begin(1) == 9)
        }
        19 => begin(2) == 62,
        _ => false,
    };
    issued && luhn(number)
}

fn luhn(number: &[u8]) -> bool {
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(nth, digit)| {
            let digit = u32::from(*digit) << (nth % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10) && number.iter().any(|digit| *digit != number[0])
}

/// Whether a resident's registration number may read so: a date of birth, a digit for century, sex and nation, and in those
/// given before October 2020 a check digit. A bare row of digits must have the check digit right, and does not count
/// when it may be the milliseconds since 1970.
fn is_resident(number: &[u8], bare: bool) -> bool {
    const WEIGHTS: [u32; 12] = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let (Some(date), Some(century)) = (number.get(..6), number.get(6)) else { return false };
    let (year, month, day) = (value(&date[..2]), value(&date[2..4]), value(&date[4..]));
    let year = year
        + match century {
            1 | 2 | 5 | 6 => 1900,
            3 | 4 | 7 | 8 => 2000,
            _ => 1800,
        };
    let days = match month {
        2 if year % 4 == 0 && year != 1900 && year != 1800 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let born = (1..=days).contains(&day) && (year > 1800 || *century == 9 || *century == 0);
    if !bare {
        return born;
    }
    let sum: u32 = number.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    // Foreigners' numbers count their check digit on by two.
    let check = (11 - sum % 11 + if (5..=8).contains(century) { 2 } else { 0 }) % 10;
    born && number[0] != 1 && u32::from(number[12]) == check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        let wanted = Wanted { cards: true, residents: true };
        super::super::tests::hidden(text, |text, found| find(text.as_bytes(), wanted, found))
    }

    #[test]
    fn cards_and_residents_are_hidden() {
        for (text, expected) in [
            ("card 4111111111111111 ok", "card # ok"),
            ("card=4111-1111-1111-1111, next", "card=#, next"),
            ("4111 1111 1111 1111.", "#."),
            ("5555555555554444", "#"),
            ("3782 822463 10005", "#"),
            ("378282246310005", "#"),
            ("30569309025904", "#"),
            ("6011111111111117", "#"),
            ("주민번호:900101-1234567", "주민번호:#"),
            ("카드4111111111111111입니다", "카드#입니다"),
            ("1 4111111111111111", "1 #"),
            ("[201231-3123456]", "[#]"),
            ("paid: 4111111111111111", "paid: #"),
        ] {
            assert_eq!(hidden(text), expected, "{text}");
        }
    }

    #[test]
    fn ordinary_numbers_stay() {
        for text in [
            "4111111111111112",
            "order 1234567890123456",
            "1749211200000",
            "1749211200123456",
            "1749211200123456789",
            "2025-06-06 12:00:00",
            "20250606120000",
            "550e8400-4111-1111-1111-111111111111",
            "4111111111111111-1",
            "x4111111111111111",
            "blk_-4111111111111111",
            "4111111111111111_1",
            "0.4111111111111111",
            "4111111111111111.5",
            "901301-1234567",
            "900132-1234567",
            "900230-1234567",
            "010-1234-5678",
            "192.168.100.200",
            "4111 1111 1111 1112",
            "0000000000000000",
            "12-900101-1234567",
            "1,900101-1234567",
            "4111-1111 1111-1111",
            "9001011234567",
            "traceID=2223839516656616 x",
            "{\"order_id\": \"4111111111111111\"}",
            "Offset: 4111111111111111",
        ] {
            assert_eq!(hidden(text), text);
        }
    }
}
