//! Sorts the rows of a group and makes its index.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{DataType, Field, Schema, TimestampMicrosecondType};
use arrow::error::ArrowError;
use bongsu_model::column;
use bongsu_pattern::Miner;
use xxhash_rust::xxh3::xxh3_64;

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
    index.put(Part::Ids, id_filters(batches, &keys));
    let levels = texts(&sorted, column::LEVEL);
    let counted = times(&sorted).iter().zip(&keys).enumerate();
    let counted = counted.map(|(row, (time, key))| (*time, value(levels, row), key.service));
    index.put(Part::Counts, Counts::of(counted, services.clone()).encode());
    index.put(Part::Numbers, Numbers::of(&sorted, |row| keys[row].service, services).encode());
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

/// Messages that came lately are remembered, as many are sent word for word again. A power of two.
const LATELY: usize = 1 << 13;

/// A message that came lately, and what was found for it.
#[derive(Debug, Clone, Copy)]
struct Learnt<'a> {
    hash: u64,
    message: &'a str,
    slot: u32,
    code: Code,
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
    let mut lately: Vec<Option<Learnt<'_>>> = vec![None; LATELY];
    for message in messages {
        let Some(message) = message else {
            found.push((NO_SLOT, 0));
            continue;
        };
        let hash = xxh3_64(message.as_bytes());
        let place = &mut lately[hash as usize % LATELY];
        if let Some(learnt) = place
            && learnt.hash == hash
            && learnt.message == message
        {
            variants.add_again(learnt.slot);
            found.push((learnt.slot, learnt.code));
            continue;
        }
        let slot = miner.learn(message);
        let code = variants.add(slot, message, miner, collect);
        found.push((slot, code));
        *place = Some(Learnt { hash, message, slot, code });
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
#[derive(Debug, Clone, Copy, Default)]
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
    let keys: Vec<Key> = service_of.iter().zip(found).zip(0..).map(key).collect();
    // The order of rows is there to begin with; each pass keeps what the one before has made.
    let keys = counted(&keys, |key| key.template);
    let mut keys = counted(&keys, |key| key.service);
    for group in keys.chunk_by_mut(|one, two| (one.service, one.template) == (two.service, two.template)) {
        if group.iter().any(|key| key.code != 0) {
            group.sort_unstable_by_key(|key| (key.code, key.row));
        }
    }
    keys
}

/// `keys` sorted by a small number (counting sort); those with the same stay in order.
fn counted(keys: &[Key], number: impl Fn(&Key) -> u32) -> Vec<Key> {
    let most = keys.iter().map(&number).max().unwrap_or_default() as usize;
    let mut next = vec![0_u32; most + 2];
    for key in keys {
        next[number(key) as usize + 1] += 1;
    }
    for number in 1..next.len() {
        next[number] += next[number - 1];
    }
    let mut sorted = vec![Key::default(); keys.len()];
    for key in keys {
        let place = &mut next[number(key) as usize];
        sorted[*place as usize] = *key;
        *place += 1;
    }
    sorted
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

/// The filters of the ids of `batches` in the order of `keys`.
fn id_filters(batches: &[RecordBatch], keys: &[Key]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for id in IdColumn::ALL {
        let name = match id {
            IdColumn::Trace => column::TRACE_ID,
            IdColumn::Span => column::SPAN_ID,
        };
        if batches.iter().any(|rows| texts(rows, name).is_some()) {
            // Hashed as they lie in memory: in the new order each would have to be waited for.
            let hashed: Vec<Option<u64>> = values(batches, name).map(|value| value.map(ids::key)).collect();
            ids::encode(&mut bytes, id, keys.iter().map(|key| hashed[key.row as usize]));
        }
    }
    bytes
}
