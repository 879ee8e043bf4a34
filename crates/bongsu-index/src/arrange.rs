//! Sorts the rows of a group and makes its index.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{DataType, Field, Schema, TimestampMicrosecondType};
use arrow::error::ArrowError;
use bongsu_model::column;
use bongsu_pattern::Miner;

use crate::collect::Collect;
use crate::counts::{Counts, Names};
use crate::group::{Made, Part};
use crate::ids::{self, IdColumn};
use crate::numbers::Numbers;
use crate::runs::{self, Run, Special, second_of};
use crate::variants::{Code, Variants};

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

/// Sorts the rows of `batches`, which come in the order of time and under one schema, by service, template, the values of variables
/// that have few of them, and time, gives each its `template_id`, and makes the index of the group that they will be.
///
/// There is at least one batch.
pub fn arrange(batches: &[RecordBatch], miner: &mut Miner) -> Result<Arranged, ArrowError> {
    let mut collect = Collect::new();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let (found, variants) = learn(values(batches, column::MESSAGE), rows, miner, &mut collect);
    let (services, service_of) = services(values(batches, column::SERVICE));
    let (templates, rank_of) = ranks(&found, miner);
    let keys = keys(&service_of, &found, &rank_of, &variants);
    drop((found, service_of));
    let sorted = take(batches, &keys)?;
    let ids =
        keys.iter().map(|key| key.slot(&templates).and_then(|slot| miner.template(slot)).map(|one| one.id().get()));
    let sorted = with_ids(&sorted, ids.collect())?;

    let mut index = Made { rows: rows as u32, time: ends(&sorted), ..Made::default() };
    let (specials, runs) = runs(&keys, times(&sorted));
    let names: Vec<&str> = templates.iter().map(|(text, _)| *text).collect();
    let special = |(template, code): &(u32, Code)| {
        let (text, slot) = templates[*template as usize];
        let (text, letters) = variants.special(slot, text, *code);
        Special { template: *template, text, letters }
    };
    index.put(Part::Templates, runs::encode(&services, &names, specials.iter().map(special), &runs));
    let (words, grams) = collect.finish();
    index.put(Part::Words, words);
    index.put(Part::Grams, grams);
    index.put(Part::Ids, id_filters(&sorted));
    index.put(Part::Counts, counts(&sorted).encode());
    index.put(Part::Numbers, Numbers::of(&sorted, texts(&sorted, column::SERVICE)).encode());
    Ok(Arranged { rows: sorted, index })
}

fn texts<'a>(rows: &'a RecordBatch, name: &str) -> Option<&'a StringViewArray> {
    rows.column_by_name(name)?.as_string_view_opt()
}

fn value(texts: Option<&StringViewArray>, row: usize) -> Option<&str> {
    texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row))
}

/// The texts of a column, row by row.
fn values<'a>(batches: &'a [RecordBatch], name: &str) -> impl Iterator<Item = Option<&'a str>> {
    let columns: Vec<_> = batches.iter().map(|rows| (texts(rows, name), rows.num_rows())).collect();
    columns.into_iter().flat_map(|(texts, rows)| (0..rows).map(move |row| value(texts, row)))
}

/// The rows in the order of `keys`.
fn take(batches: &[RecordBatch], keys: &[Key]) -> Result<RecordBatch, ArrowError> {
    let places: Vec<(usize, usize)> = batches
        .iter()
        .enumerate()
        .flat_map(|(batch, rows)| (0..rows.num_rows()).map(move |row| (batch, row)))
        .collect();
    let order: Vec<_> = keys.iter().map(|key| places[key.row as usize]).collect();
    drop(places);
    interleave_record_batch(&batches.iter().collect::<Vec<_>>(), &order)
}

fn times(rows: &RecordBatch) -> &[i64] {
    let time = rows.column_by_name(column::TIME).and_then(|time| time.as_primitive_opt::<TimestampMicrosecondType>());
    time.map_or(&[], |time| time.values())
}

fn ends(rows: &RecordBatch) -> Option<(i64, i64)> {
    let times = times(rows);
    Some((*times.iter().min()?, *times.iter().max()?))
}

/// The slot of each row's template and which values its variables have.
fn learn<'a>(
    messages: impl Iterator<Item = Option<&'a str>>,
    rows: usize,
    miner: &mut Miner,
    collect: &mut Collect<'a>,
) -> (Vec<(u32, Code)>, Variants<'a>) {
    let mut variants = Variants::default();
    let mut found = Vec::with_capacity(rows);
    for message in messages {
        let Some(message) = message else {
            found.push((NO_SLOT, 0));
            continue;
        };
        let slot = miner.learn(message);
        found.push((slot, variants.add(slot, message, miner, collect)));
    }
    variants.decide(collect);
    (found, variants)
}

/// The services in the order of their names, and the position of each row's.
fn services<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> (Vec<Option<String>>, Vec<u32>) {
    let mut names = Names::default();
    let mut found: Vec<u32> = texts.map(|text| names.position(text)).collect();
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

/// The templates that occur with their slots, in the order of their texts so that similar ones are neighbours, and the
/// position of each slot's.
fn ranks<'a>(found: &[(u32, Code)], miner: &'a Miner) -> (Vec<(&'a str, u32)>, Vec<u32>) {
    let slots = || found.iter().map(|(slot, _)| *slot).filter(|slot| *slot != NO_SLOT);
    let most = slots().max().map_or(0, |slot| slot as usize + 1);
    let mut occurs = vec![false; most];
    slots().for_each(|slot| occurs[slot as usize] = true);
    let text = |slot: u32| miner.template(slot).map_or("", |template| template.text());
    let mut used: Vec<(&str, u32)> =
        occurs.iter().zip(0..).filter(|(occurs, _)| **occurs).map(|(_, slot)| (text(slot), slot)).collect();
    used.sort_unstable();
    let mut rank_of = vec![0; most];
    for (rank, (_, slot)) in used.iter().enumerate() {
        rank_of[*slot as usize] = rank as u32;
    }
    (used, rank_of)
}

/// What a row is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    service: u32,
    /// One more than the position of its template; 0 without a message.
    template: u32,
    code: Code,
    row: u32,
}

impl Key {
    fn slot(&self, templates: &[(&str, u32)]) -> Option<u32> {
        templates.get(self.template.checked_sub(1)? as usize).map(|(_, slot)| *slot)
    }
}

/// The rows in their new order.
fn keys(service_of: &[u32], found: &[(u32, Code)], rank_of: &[u32], variants: &Variants<'_>) -> Vec<Key> {
    let key = |((service, (slot, code)), row): ((&u32, &(u32, Code)), u32)| {
        let rank = rank_of.get(*slot as usize).filter(|_| *slot != NO_SLOT);
        Key { service: *service, template: rank.map_or(0, |rank| rank + 1), code: code & variants.mask(*slot), row }
    };
    let mut keys: Vec<Key> = service_of.iter().zip(found).zip(0..).map(key).collect();
    keys.sort_unstable();
    keys
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

/// The templates with fixed values that occur, and the runs of rows that have them.
fn runs(keys: &[Key], times: &[i64]) -> (Vec<(u32, Code)>, Vec<Run>) {
    let mut positions: HashMap<(u32, Code), u32> = HashMap::new();
    let mut specials = Vec::new();
    let mut runs: Vec<Run> = Vec::new();
    let mut last = None;
    for ((key, time), row) in keys.iter().zip(times).zip(0..) {
        let second = second_of(*time);
        let of = (key.service, key.template, key.code);
        if let Some(run) = runs.last_mut()
            && last == Some(of)
        {
            run.rows.end = row + 1;
            run.seconds = (run.seconds.0.min(second), run.seconds.1.max(second));
            continue;
        }
        last = Some(of);
        let template = key.template.checked_sub(1).map(|template| {
            *positions.entry((template, key.code)).or_insert_with(|| {
                specials.push((template, key.code));
                specials.len() as u32 - 1
            })
        });
        runs.push(Run { service: key.service, template, rows: row..row + 1, seconds: (second, second) });
    }
    (specials, runs)
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
