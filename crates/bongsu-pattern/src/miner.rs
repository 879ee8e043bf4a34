//! The miner: a message in, the slot of its template out.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::cluster::{ClusterId, Clusters};
use crate::pattern::{Pattern, positions};
use crate::shape::Shape;
use crate::template::text_of;
use crate::{Template, TemplateId};

/// The template that fits every message.
const ANYTHING: &str = "<...>";

/// Limits of a [`Miner`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinerConfig {
    /// Templates that it makes, one of them `<...>`, which messages get that fit no other once there are so many.
    pub max_templates: usize,
    /// Bytes of text that these templates have together.
    pub max_text: usize,
    /// Shapes whose template it remembers; when there are more it forgets all and finds them again.
    pub max_shapes: usize,
    /// Bytes that these shapes have together.
    pub max_shape_bytes: usize,
}

impl Default for MinerConfig {
    fn default() -> Self {
        Self { max_templates: 1 << 16, max_text: 16 << 20, max_shapes: 1 << 16, max_shape_bytes: 16 << 20 }
    }
}

/// Finds the template of each message, one miner for each dataset.
///
/// The same messages in the same order give the same templates. Time and memory are bounded whatever comes in.
#[derive(Debug)]
pub struct Miner {
    config: MinerConfig,
    templates: Vec<Template>,
    slots: HashMap<TemplateId, u32>,
    text_bytes: usize,
    clusters: Clusters,
    known: HashMap<u64, Known, BuildHasherDefault<Hashed>>,
    known_bytes: usize,
    shape: Shape,
    variables: u64,
}

/// A shape whose cluster is known.
#[derive(Debug)]
struct Known {
    shape: Box<[u8]>,
    cluster: Option<ClusterId>,
}

impl Miner {
    /// A miner that knows no template.
    pub fn new(config: MinerConfig) -> Self {
        Self {
            config,
            templates: Vec::new(),
            slots: HashMap::new(),
            text_bytes: 0,
            clusters: Clusters::default(),
            known: HashMap::default(),
            known_bytes: 0,
            shape: Shape::default(),
            variables: 0,
        }
    }

    /// A miner that goes on with the templates of an earlier one: the nth different text has slot n.
    ///
    /// All of them are kept, also beyond the limits.
    pub fn restore<'a>(config: MinerConfig, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut miner = Self::new(config);
        for text in texts {
            let known = miner.templates.len();
            let slot = miner.add(Template::parse(text));
            if (slot as usize) < known || text == ANYTHING {
                continue;
            }
            let pattern = miner.templates[slot as usize].pattern();
            if let Some(pattern) = Pattern::new(pattern) {
                miner.clusters.restore(pattern, slot);
            }
        }
        miner
    }

    /// Gives the slot of a template that fits `message`, a new one if need be. Slots are counted from 0.
    pub fn learn(&mut self, message: &str) -> u32 {
        self.shape.read(message);
        let hash = xxh3_64(&self.shape.bytes);
        let cluster = match self.known.get_mut(&hash) {
            Some(known) if *known.shape == *self.shape.bytes => {
                known.cluster = known.cluster.map(|id| self.clusters.current(id));
                known.cluster
            }
            _ => self.place(hash),
        };
        if let Some(id) = cluster {
            let cluster = self.clusters.get(id);
            self.variables = cluster.variables();
            return cluster.slot;
        }
        self.variables = 0;
        self.shape.rest = 0..message.len();
        self.add(Template::parse(ANYTHING))
    }

    /// The byte ranges of the tokens that hold a variable in the message that was learnt last, in order; the last may be
    /// the rest.
    pub fn variables(&self) -> impl Iterator<Item = Range<usize>> {
        let rest = Some(self.shape.rest.clone()).filter(|rest| !rest.is_empty());
        positions(self.variables).filter_map(|at| self.shape.tokens.get(at).cloned()).chain(rest)
    }

    /// The template in a slot; none for a slot that was not given yet.
    pub fn template(&self, slot: u32) -> Option<&Template> {
        self.templates.get(slot as usize)
    }

    /// All templates, by their slots.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// Finds the cluster of a shape that is not known; none if there is room for no more templates.
    #[cold]
    fn place(&mut self, hash: u64) -> Option<ClusterId> {
        let shape = self.shape.bytes.clone();
        let (templates, slots, text_bytes) = (&mut self.templates, &mut self.slots, &mut self.text_bytes);
        let config = &self.config;
        let cluster = Pattern::new(shape).and_then(|pattern| {
            self.clusters.place(pattern, |pattern| {
                let template = Template::parse(&text_of(pattern.bytes()));
                // Somebody may send texts that collide: an id has one text, the other messages get `<...>`.
                if template.id() == TemplateId::of(ANYTHING) {
                    return None;
                }
                if let Some(&slot) = slots.get(&template.id()) {
                    return (templates[slot as usize] == template).then_some(slot);
                }
                let full = templates.len() + 1 >= config.max_templates
                    || *text_bytes + template.text().len() > config.max_text;
                (!full).then(|| add(templates, slots, text_bytes, template))
            })
        });
        self.remember(hash, cluster);
        cluster
    }

    fn remember(&mut self, hash: u64, cluster: Option<ClusterId>) {
        let bytes = self.shape.bytes.len();
        if self.known.len() >= self.config.max_shapes || self.known_bytes + bytes > self.config.max_shape_bytes {
            self.known.clear();
            self.known_bytes = 0;
        }
        let known = Known { shape: self.shape.bytes.as_slice().into(), cluster };
        self.known_bytes += bytes;
        if let Some(before) = self.known.insert(hash, known) {
            self.known_bytes -= before.shape.len();
        }
    }

    fn add(&mut self, template: Template) -> u32 {
        match self.slots.get(&template.id()) {
            Some(&slot) => slot,
            None => add(&mut self.templates, &mut self.slots, &mut self.text_bytes, template),
        }
    }
}

/// Puts a template into the next slot.
fn add(
    templates: &mut Vec<Template>,
    slots: &mut HashMap<TemplateId, u32>,
    text_bytes: &mut usize,
    template: Template,
) -> u32 {
    let slot = templates.len() as u32;
    *text_bytes += template.text().len();
    slots.insert(template.id(), slot);
    templates.push(template);
    slot
}

/// Keys of this map are hashes already.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of the templates after these messages.
    fn mined(messages: &[&str]) -> Vec<String> {
        let mut miner = Miner::new(MinerConfig::default());
        for message in messages {
            miner.learn(message);
        }
        miner.templates().iter().map(|template| template.text().to_owned()).collect()
    }

    #[test]
    fn words_become_a_variable_once_many_were_seen() {
        let templates = mined(&["user al logged in", "user bo logged in", "user cy logged in", "user di logged in"]);
        assert_eq!(templates.last().map(String::as_str), Some("user <*> logged in"));
        assert_eq!(templates.len(), 4);
    }

    #[test]
    fn numbers_become_a_variable_at_once() {
        assert_eq!(mined(&["disk sda1 is full", "disk sdb2 is full"]), ["disk sda1 is full", "disk <*> is full"]);
        assert_eq!(mined(&["from=a.example now", "from=10.0.0.1 now"])[1], "from=<*> now");
    }

    #[test]
    fn kinds_of_event_stay_apart() {
        for messages in [
            ["session opened for root", "session closed for root"],
            ["job 5 went from NEW to RUNNING", "job 5 went from RUNNING to DONE"],
            ["Starting", "Stopping"],
        ] {
            assert_eq!(mined(&messages).len(), 2);
        }
    }

    #[test]
    fn a_shape_follows_its_cluster() {
        let mut miner = Miner::new(MinerConfig::default());
        let first = miner.learn("user al logged in");
        for name in ["bo", "cy", "di"] {
            miner.learn(&format!("user {name} logged in"));
        }
        let later = miner.learn("user al logged in");
        assert_ne!(first, later);
        assert_eq!(miner.variables().next(), Some(5..7));
        assert_eq!(miner.variables().count(), 1);
    }

    #[test]
    fn the_nth_different_text_has_slot_n() {
        let mut miner = Miner::restore(MinerConfig::default(), ["a <*> b", "c d", "a <*> b", "<...>", "e f"]);
        assert_eq!(miner.templates().len(), 4);
        assert_eq!(miner.learn("e f"), 3);
        assert_eq!(miner.learn("a 5 b"), 0);
        assert_eq!(miner.learn("g h"), 4);
    }

    /// Numbers without end from a seed (`SplitMix64`).
    fn random(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 3
    }

    #[test]
    fn a_million_different_messages_need_bounded_memory() {
        let mut miner = Miner::new(MinerConfig::default());
        let mut seed = 1;
        let mut message = String::new();
        for _ in 0..1_000_000 {
            message.clear();
            for _ in 0..random(&mut seed) % 20 {
                let word = random(&mut seed);
                let letters = (0..=word % 9).map(|at| char::from(b'a' + (word >> (5 * at) & 15) as u8));
                message.extend(letters);
                message.push_str(if word.is_multiple_of(97) { "  " } else { " " });
            }
            miner.learn(&message);
        }
        let config = &miner.config;
        assert_eq!(miner.templates.len(), miner.slots.len());
        assert!(miner.templates.len() <= config.max_templates);
        assert!(miner.clusters.len() <= config.max_templates);
        assert!(miner.text_bytes <= config.max_text + ANYTHING.len());
        assert!(miner.known.len() <= config.max_shapes);
        assert!(miner.known_bytes <= config.max_shape_bytes);
    }
}
