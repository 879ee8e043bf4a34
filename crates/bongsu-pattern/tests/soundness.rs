//! What the crate promises, for any text.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bongsu_pattern::{Miner, MinerConfig, Template, TemplateId, merge};
use proptest::prelude::*;

/// White space and tokens of `text` in turn, white space first, either possibly empty at the ends.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut space) = (Vec::new(), 0, true);
    for (at, sign) in text.char_indices() {
        if sign.is_ascii_whitespace() != space {
            pieces.push(&text[start..at]);
            (start, space) = (at, !space);
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// Learns `message` and checks everything that is promised about it, from the template's text alone.
fn check(miner: &mut Miner, message: &str) -> u32 {
    let slot = miner.learn(message);
    let template = miner.template(slot).unwrap();
    let mut variables = miner.variables();
    assert_eq!(&Template::parse(template.text()), template);
    assert_eq!(TemplateId::of(template.text()), template.id());
    assert!(template.id().get() > 0);
    if message.len() < 4_000 {
        assert!(template.matches(message), "{template:?}\n{message:?}");
    }
    let fixed = template.text().strip_suffix("<...>").unwrap_or(template.text());
    let (mut position, mut space) = (0, true);
    for expected in pieces(fixed) {
        let rest = &message[position..];
        if space || !expected.contains("<*>") {
            assert!(rest.starts_with(expected), "{template:?}\n{message:?}\n{expected:?} at {position}");
            position += expected.len();
        } else {
            let end = rest.find(|sign: char| sign.is_ascii_whitespace()).unwrap_or(rest.len());
            assert_eq!(variables.next(), Some(position..position + end), "{template:?}\n{message:?}");
            position += end;
        }
        space = !space;
    }
    let rest = Some(position..message.len()).filter(|rest| !rest.is_empty());
    assert!(template.has_rest() || rest.is_none(), "{template:?}\n{message:?}");
    assert_eq!(variables.next(), rest, "{template:?}\n{message:?}");
    assert_eq!(variables.next(), None);
    slot
}

fn small() -> MinerConfig {
    MinerConfig { max_templates: 24, max_shapes: 8, ..MinerConfig::default() }
}

/// Texts that look like messages, so that clusters form, with all that could confuse a miner between the words.
fn message() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "user",
        "alice",
        "bob",
        "carol",
        "dave",
        "erin",
        "logged",
        "in",
        "out",
        "failed",
        "from",
        "port",
        "id=5",
        "id=x",
        "id=",
        "10.0.0.1:80",
        "[7]",
        "7",
        "-7",
        "<*>",
        "<...>",
        "a<*>b",
        "<",
        "<1*>",
        "<*1>",
        "*>",
        "...>",
        "<..5.>",
        "é5è",
        "사용자123님이",
        "ssh2",
        "ssh3",
        "\0",
        "\u{1680}",
        "\u{85}x",
        "{\"a\":\"x\",\"b\":true,\"c\":null,\"d\":1}",
        "{\"a\":\"y\",\"b\":true,\"c\":null,\"d\":1}",
        "RUNNING",
        "NEW",
        "/a/b/c5/d",
        "\u{fffd}",
        "5....",
        "5-",
        "0x1f:",
    ]);
    let spaces = prop::sample::select(vec![
        " ", " ", " ", " ", " ", " ", "  ", "\t", "\n", "\r\n", " \n ", "\u{b}", "\u{c}", "", ":", "=",
    ]);
    prop_oneof![
        20 => prop::collection::vec((words, spaces), 0..9).prop_map(|pairs| pairs.iter().flat_map(|(word, space)| [*word, *space]).collect()),
        2 => any::<String>(),
        1 => "\\PC{0,300}",
        1 => ("[a-z0-9<*>. ]{1,9}", 1_usize..400).prop_map(|(text, times)| text.repeat(times)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn templates_fit(messages in prop::collection::vec(message(), 1..60)) {
        let mut miner = Miner::new(MinerConfig::default());
        for message in &messages {
            check(&mut miner, message);
        }
    }

    #[test]
    fn templates_fit_when_there_is_no_room(messages in prop::collection::vec(message(), 1..60)) {
        let mut miner = Miner::new(small());
        for message in messages.iter().chain(&messages) {
            check(&mut miner, message);
        }
        prop_assert!(miner.templates().len() <= small().max_templates);
    }

    #[test]
    fn what_was_learnt_first_stays_right(messages in prop::collection::vec(message(), 1..60)) {
        let mut miner = Miner::new(MinerConfig::default());
        let slots: Vec<_> = messages.iter().map(|message| miner.learn(message)).collect();
        for (message, slot) in messages.iter().zip(slots) {
            prop_assert!(miner.template(slot).unwrap().matches(message));
        }
    }

    #[test]
    fn the_same_messages_give_the_same_templates(messages in prop::collection::vec(message(), 1..60)) {
        let mine = || {
            let mut miner = Miner::new(small());
            let slots: Vec<_> = messages.iter().map(|message| miner.learn(message)).collect();
            (slots, miner.templates().to_vec())
        };
        prop_assert_eq!(mine(), mine());
    }

    #[test]
    fn a_restored_miner_goes_on(messages in prop::collection::vec(message(), 1..60)) {
        let mut miner = Miner::new(MinerConfig::default());
        for message in &messages {
            miner.learn(message);
        }
        let texts = miner.templates().iter().map(Template::text);
        let mut restored = Miner::restore(MinerConfig::default(), texts);
        prop_assert_eq!(restored.templates(), miner.templates());
        for message in &messages {
            check(&mut restored, message);
        }
        prop_assert_eq!(restored.templates(), miner.templates());
    }

    #[test]
    fn any_text_can_be_restored(texts in prop::collection::vec(message(), 1..20), messages in prop::collection::vec(message(), 1..20)) {
        let mut miner = Miner::restore(MinerConfig::default(), texts.iter().map(String::as_str));
        for message in texts.iter().chain(&messages) {
            check(&mut miner, message);
        }
    }

    #[test]
    fn a_text_is_its_template(text in message()) {
        let template = Template::parse(&text);
        prop_assert_eq!(template.text(), &text);
        let segments: Vec<_> = template.segments().collect();
        prop_assert!(segments.iter().all(|segment| !segment.contains("<*>")));
        let (segments, rest) = if template.has_rest() { (&segments[..segments.len() - 1], "<...>") } else { (&segments[..], "") };
        prop_assert_eq!(segments.join("<*>") + rest, text);
    }

    #[test]
    fn joining_only_joins_what_covers(messages in prop::collection::vec(message(), 1..60)) {
        let mut miner = Miner::new(MinerConfig::default());
        for message in &messages {
            miner.learn(message);
        }
        let templates: Vec<_> = miner.templates().iter().collect();
        let into = merge(&templates);
        for (at, &general) in into.iter().enumerate() {
            prop_assert_eq!(into[general], general);
            let narrow = |text: &str| text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            let (one, all) = (narrow(templates[at].text()), narrow(templates[general].text()));
            prop_assert!(Template::parse(&all).matches(&one) || one == all);
        }
    }
}

#[test]
fn big_messages() {
    let mut miner = Miner::new(MinerConfig::default());
    for message in [
        "x".repeat(1 << 20),
        "x 1 ".repeat(1 << 18),
        " ".repeat(1 << 20),
        "\n".repeat(1 << 20),
        "7".repeat(1 << 20),
        "\0".repeat(1 << 20),
        "가".repeat(1 << 18),
        format!("begin\n{}", "  at line 5\n".repeat(1 << 17)),
    ] {
        check(&mut miner, &message);
    }
    assert!(miner.templates().iter().all(|template| template.text().len() < 8_192));
}
