//! Sorts the rows of a group and makes its index.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringViewArray, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Field, Schema, TimestampMicrosecondType};
use arrow::error::ArrowError;
use bongsu_model::column;
use bongsu_pattern::Miner;

use crate::collect::Collect;
use crate::counts::{Counts, Names};
use crate::group::{Made, Part};
use crate::ids::{self, IdColumn};
use crate::runs::{self, Run, second_of};
use crate::shape::{Letters, Shape};

/// Stands for a row without a message.
const NO_SLOT: u32 = u32::MAX;

/// The rows of a group, sorted, and what is known about them.
#[derive(Debug)]
pub struct Arranged {
    /// The rows, with their `template_id`.
    pub rows: RecordBatch,
    /// Their index.
    pub index: Made,
}

/// Sorts `rows`, which come in the order of time, by service, template and time, gives each its `template_id`, and makes
/// the index of the group that they will be.
pub fn arrange(rows: &RecordBatch, miner: &mut Miner) -> Result<Arranged, ArrowError> {
    let mut collect = Collect::new();
    let (slots, letters) = learn(texts(rows, column::MESSAGE), rows.num_rows(), miner, &mut collect);
    let (services, service_of) = services(texts(rows, column::SERVICE), rows.num_rows());
    let (templates, rank_of) = ranks(&slots, &letters, miner);
    let order = order(&service_of, &slots, &rank_of);
    let sorted = take_record_batch(rows, &order)?;
    let ids = order.values().iter().map(|row| {
        let slot = slots[*row as usize];
        (slot != NO_SLOT).then(|| miner.template(slot).map(|template| template.id().get())).flatten()
    });
    let sorted = with_ids(&sorted, ids.collect())?;

    let mut index = Made { rows: rows.num_rows() as u32, time: ends(&sorted), ..Made::default() };
    let keys = order.values().iter().map(|row| {
        let slot = slots[*row as usize];
        (service_of[*row as usize], rank_of.get(slot as usize).copied().filter(|_| slot != NO_SLOT))
    });
    index.put(Part::Templates, runs::encode(&services, &templates, &runs(keys, times(&sorted))));
    let (words, grams) = collect.finish();
    index.put(Part::Words, words);
    index.put(Part::Grams, grams);
    index.put(Part::Ids, id_filters(&sorted));
    index.put(Part::Counts, counts(&sorted).encode());
    Ok(Arranged { rows: sorted, index })
}

fn texts<'a>(rows: &'a RecordBatch, name: &str) -> Option<&'a StringViewArray> {
    rows.column_by_name(name)?.as_string_view_opt()
}

fn value(texts: Option<&StringViewArray>, row: usize) -> Option<&str> {
    texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row))
}

fn times(rows: &RecordBatch) -> &[i64] {
    let time = rows.column_by_name(column::TIME).and_then(|time| time.as_primitive_opt::<TimestampMicrosecondType>());
    time.map_or(&[], |time| time.values())
}

fn ends(rows: &RecordBatch) -> Option<(i64, i64)> {
    let times = times(rows);
    Some((*times.iter().min()?, *times.iter().max()?))
}

/// The slot of each row's template, and the kinds of letters that the variables of each slot have.
fn learn(
    messages: Option<&StringViewArray>,
    rows: usize,
    miner: &mut Miner,
    collect: &mut Collect,
) -> (Vec<u32>, Vec<Vec<Letters>>) {
    let mut slots = Vec::with_capacity(rows);
    let mut letters: Vec<Vec<Letters>> = Vec::new();
    let mut edges: Vec<Option<Vec<(usize, usize)>>> = Vec::new();
    for row in 0..rows {
        let Some(message) = value(messages, row) else {
            slots.push(NO_SLOT);
            continue;
        };
        let slot = miner.learn(message);
        slots.push(slot);
        if letters.len() <= slot as usize {
            letters.resize(slot as usize + 1, vec![]);
            edges.resize(slot as usize + 1, None);
        }
        let letters = &mut letters[slot as usize];
        let edges = edges[slot as usize].get_or_insert_with(|| {
            miner.template(slot).map(|template| Shape::of(template).edges()).unwrap_or_default()
        });
        for (nth, range) in miner.variables().enumerate() {
            let token = &message[token_start(message, range.start)..range.end];
            collect.add(token);
            if letters.len() <= nth {
                letters.resize(nth + 1, Letters::default());
            }
            let (before, behind) = edges.get(nth).copied().unwrap_or_default();
            let varies = token.len().checked_sub(behind).and_then(|end| token.as_bytes().get(before..end));
            letters[nth] = letters[nth].and(Letters::of(varies.unwrap_or(token.as_bytes())));
        }
    }
    (slots, letters)
}

/// Where the token begins that `at` lies in: a text that is looked for may begin before the variable.
fn token_start(message: &str, at: usize) -> usize {
    let before = message.as_bytes()[..at].iter().rposition(u8::is_ascii_whitespace);
    before.map_or(0, |space| space + 1)
}

/// The services in the order of their names, and the position of each row's.
fn services(texts: Option<&StringViewArray>, rows: usize) -> (Vec<Option<String>>, Vec<u32>) {
    let mut names = Names::default();
    let mut found: Vec<u32> = (0..rows).map(|row| names.position(value(texts, row))).collect();
    let mut sorted: Vec<(Option<String>, u32)> = names.found.into_iter().zip(0..).collect();
    sorted.sort_unstable();
    let mut rank = vec![0; sorted.len()];
    for (position, (_, before)) in sorted.iter().enumerate() {
        rank[*before as usize] = position as u32;
    }
    for service in &mut found {
        *service = rank[*service as usize];
    }
    (sorted.into_iter().map(|(name, _)| name).collect(), found)
}

/// The templates that occur, in the order of their texts so that similar ones are neighbours, and the position of each
/// slot's.
fn ranks<'a>(slots: &[u32], letters: &[Vec<Letters>], miner: &'a Miner) -> (Vec<(&'a str, Vec<Letters>)>, Vec<u32>) {
    let most = slots.iter().filter(|slot| **slot != NO_SLOT).max().map_or(0, |slot| *slot as usize + 1);
    let mut occurs = vec![false; most];
    slots.iter().filter(|slot| **slot != NO_SLOT).for_each(|slot| occurs[*slot as usize] = true);
    let text = |slot: u32| miner.template(slot).map_or("", |template| template.text());
    let mut used: Vec<(&str, u32)> =
        occurs.iter().zip(0..).filter(|(occurs, _)| **occurs).map(|(_, slot)| (text(slot), slot)).collect();
    used.sort_unstable();
    let mut rank_of = vec![0; most];
    for (rank, (_, slot)) in used.iter().enumerate() {
        rank_of[*slot as usize] = rank as u32;
    }
    let letters = |slot: u32| letters.get(slot as usize).cloned().unwrap_or_default();
    (used.into_iter().map(|(text, slot)| (text, letters(slot))).collect(), rank_of)
}

fn order(service_of: &[u32], slots: &[u32], rank_of: &[u32]) -> UInt32Array {
    let mut keys: Vec<(u64, u32)> = service_of
        .iter()
        .zip(slots)
        .zip(0..)
        .map(|((service, slot), row)| {
            let rank = rank_of.get(*slot as usize).filter(|_| *slot != NO_SLOT).map_or(0, |rank| u64::from(*rank) + 1);
            (u64::from(*service) << 32 | rank, row)
        })
        .collect();
    keys.sort_unstable();
    UInt32Array::from_iter_values(keys.into_iter().map(|(_, row)| row))
}

fn with_ids(rows: &RecordBatch, ids: Int64Array) -> Result<RecordBatch, ArrowError> {
    let mut columns = rows.columns().to_vec();
    let mut fields: Vec<_> = rows.schema_ref().fields().iter().cloned().collect();
    if let Ok(position) = rows.schema_ref().index_of(column::TEMPLATE_ID) {
        columns[position] = Arc::new(ids);
    } else {
        fields.push(Arc::new(Field::new(column::TEMPLATE_ID, DataType::Int64, true)));
        columns.push(Arc::new(ids));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn runs(keys: impl Iterator<Item = (u32, Option<u32>)>, times: &[i64]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for ((service, template), (row, time)) in keys.zip((0_u32..).zip(times)) {
        let second = second_of(*time);
        match runs.last_mut() {
            Some(last) if last.service == service && last.template == template => {
                last.rows.end = row + 1;
                last.seconds = (last.seconds.0.min(second), last.seconds.1.max(second));
            }
            _ => runs.push(Run { service, template, rows: row..row + 1, seconds: (second, second) }),
        }
    }
    runs
}

fn id_filters(rows: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    for id in IdColumn::ALL {
        let name = match id {
            IdColumn::Trace => column::TRACE_ID,
            IdColumn::Span => column::SPAN_ID,
        };
        if let Some(texts) = texts(rows, name) {
            ids::encode(&mut bytes, id, texts.iter());
        }
    }
    bytes
}

fn counts(rows: &RecordBatch) -> Counts {
    let (levels, services) = (texts(rows, column::LEVEL), texts(rows, column::SERVICE));
    Counts::of(times(rows).iter().enumerate().map(|(row, time)| (*time, value(levels, row), value(services, row))))
}
