//! How fast files are parsed on one core: `cargo run --release -p bongsu-format --example parse_speed -- FILE…`

use std::collections::BTreeMap;
use std::time::Instant;

use bongsu_format::{Format, ParseOptions, Parsed, Parser};
use bongsu_model::Timestamp;

const PIECE: usize = 1 << 20;

fn main() -> Result<(), std::io::Error> {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let mut best = f64::MAX;
        let mut formats: BTreeMap<Format, u64> = BTreeMap::new();
        let mut refused = 0u64;
        for _ in 0..5 {
            formats.clear();
            refused = 0;
            let start = Instant::now();
            let mut parser = Parser::new(ParseOptions::new(Timestamp::from_nanos(1_780_000_000_000_000_000)));
            let (mut from, mut to) = (0, 0);
            while from < bytes.len() {
                to = bytes.len().min(to + PIECE);
                let piece = bytes.get(from..to).unwrap_or_default();
                from += parser.parse(piece, from as u64, to == bytes.len(), &mut |parsed| match parsed {
                    Parsed::Record { format, .. } => *formats.entry(format).or_default() += 1,
                    Parsed::Refused { .. } => refused += 1,
                });
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        let rate = bytes.len() as f64 / 1e6 / best;
        #[expect(clippy::print_stdout, reason = "a program for people")]
        {
            println!("{path}: {rate:.0} MB/s, refused {refused}, {formats:?}");
        }
    }
    Ok(())
}
