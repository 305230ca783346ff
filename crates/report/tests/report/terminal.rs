//! What must hold of every screen, whatever it says.

use plimsoll_base::{Assessment, Condition};
use plimsoll_report::{Format, TerminalOptions, arithmetic, json, map, terminal};

use crate::fixtures;
use crate::snapshots::printed;

fn screen(assessment: &Assessment, options: &TerminalOptions) -> String {
    printed(|out| terminal::render(assessment, options, out))
}

#[test]
fn a_typical_first_screen_fits_eighty_by_twenty_four() {
    for (name, assessment) in fixtures::all().into_iter().filter(|(name, _)| *name != "hostile") {
        let text = screen(&assessment, &TerminalOptions::default());
        assert!(text.lines().count() <= 23, "{name} has {} lines:\n{text}", text.lines().count());
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
}

#[test]
fn a_higher_screen_tells_more() {
    let short = screen(&fixtures::no_go(), &TerminalOptions::default());
    let high = screen(&fixtures::no_go(), &TerminalOptions { height: 50, ..TerminalOptions::default() });
    assert!(short.contains(" more: ") && !high.contains(" more: "), "{high}");
    for place in ["backend/app/core/config.py:22", "docker-compose.prod.yml:12", "customers tell you that it is down"] {
        assert!(high.contains(place), "{place} in {high}");
    }
}

#[test]
fn every_blocker_is_named_on_every_size() {
    for (width, height) in [(80, 10), (80, 24), (120, 24), (200, 60)] {
        for (name, assessment) in fixtures::all() {
            let text = screen(&assessment, &TerminalOptions { width, height, ..TerminalOptions::default() });
            for blocker in &assessment.blockers {
                assert!(text.contains(&blocker.control), "{name} at {width}×{height} lacks {}:\n{text}", blocker.control);
            }
        }
    }
}

#[test]
fn the_verdict_and_the_outlook_are_said_in_words() {
    let text = screen(&fixtures::no_go(), &TerminalOptions::default());
    assert!(text.contains("NO-GO"), "{text}");
    assert!(text.contains("After the blockers: UNPROVEN until edge/https-tls is shown, then"), "{text}");
    let text = screen(&fixtures::unproven(), &TerminalOptions::default());
    assert!(text.contains("UNPROVEN") && text.contains("Once shown: CONDITIONAL GO with 1 condition"), "{text}");
}

#[test]
fn the_outlook_follows_from_the_data() {
    let mut assessment = fixtures::no_go();
    assessment.blockers.retain(|b| !b.why.starts_with("not shown"));
    assert!(screen(&assessment, &TerminalOptions::default()).contains("After the blockers: CONDITIONAL GO with "));
    assessment.conditions.clear();
    assert!(screen(&assessment, &TerminalOptions::default()).contains("After the blockers: GO\n"));
    assessment.conditions.push(Condition { control: None, why: "x".into() });
    assert!(screen(&assessment, &TerminalOptions::default()).contains("After the blockers: CONDITIONAL GO with 1 condition\n"));
    // Once its gaps are mended, what was not seen beside them remains.
    let question = plimsoll_base::QuestionView { missing: "a".into(), settle: "b".into() };
    assessment.controls.iter_mut().find(|a| a.id == "observability/alerting").unwrap().questions.push(question);
    assert!(screen(&assessment, &TerminalOptions::default()).contains("UNPROVEN until observability/alerting is shown"));
}

#[test]
fn what_follows_from_a_blocker_is_folded_under_it() {
    let text = screen(&fixtures::no_go(), &TerminalOptions::default());
    assert!(text.contains("and therefore data/persistent-storage"), "{text}");
    assert!(text.contains("7 blockers"), "{text}");
}

#[test]
fn controls_that_cannot_be_judged_are_counted_and_not_listed() {
    let assessment = fixtures::no_go_early();
    let (count, total) = (assessment.not_judged.len(), assessment.controls.len());
    let text = screen(&assessment, &TerminalOptions { width: 160, all: true, ..TerminalOptions::default() });
    assert!(text.contains(&format!("{count} of {total} controls are not judged by this version")), "{text}");
    assert!(!text.contains("cost/right-sizing  ") && !text.contains("observability/slo\n"));
    assert!(text.contains("edge/https-tls"));
}

#[test]
fn nothing_of_the_tree_reaches_the_terminal_raw() {
    let assessment = fixtures::hostile();
    for width in [40, 80, 120] {
        let options = TerminalOptions { width, all: true, arithmetic: true, ..TerminalOptions::default() };
        let mut texts = vec![
            screen(&assessment, &options),
            printed(|out| map::text(&assessment, &options, out)),
            printed(|out| map::mermaid(&assessment, out)),
        ];
        texts.push(printed(|out| arithmetic::render(&assessment, &options, out)));
        texts.push(printed(|out| json::render(&assessment, out)));
        for text in texts {
            let raw: Vec<char> = text.chars().filter(|c| *c != '\n' && (c.is_control() || matches!(c, '\u{200b}' | '\u{202e}'))).collect();
            assert!(raw.is_empty(), "{raw:?} in {text}");
        }
    }
}

#[test]
fn json_keeps_the_value_of_what_it_escapes() {
    let text = printed(|out| json::render(&fixtures::hostile(), out));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["subject"]["name"], fixtures::EVIL);
    assert!(text.ends_with("}\n") && text.starts_with("{\n  \"schema_version\": 1,\n"));
}

#[test]
fn a_place_is_never_broken() {
    for width in [40, 60, 80, 120] {
        let text = screen(&fixtures::no_go(), &TerminalOptions { width, height: 60, ..TerminalOptions::default() });
        assert!(text.contains("backend/app/api/v1/endpoints/auth.py:46"), "{width}:\n{text}");
        assert!(text.contains("backend/app/db/session.py:6"), "{width}:\n{text}");
    }
}

#[test]
fn without_colour_the_same_words_stand() {
    let assessment = fixtures::no_go();
    let options = TerminalOptions { all: true, ..TerminalOptions::default() };
    let plain = screen(&assessment, &options);
    let coloured = screen(&assessment, &TerminalOptions { colour: true, ..options });
    let stripped = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&coloured, "").into_owned();
    assert_ne!(plain, coloured);
    assert_eq!(plain, stripped);
}

#[test]
fn the_same_assessment_gives_the_same_bytes() {
    for ((_, one), (_, other)) in fixtures::all().into_iter().zip(fixtures::all()) {
        let options = TerminalOptions { all: true, arithmetic: true, ..TerminalOptions::default() };
        assert_eq!(screen(&one, &options), screen(&other, &options));
        assert_eq!(printed(|out| json::render(&one, out)), printed(|out| json::render(&other, out)));
        assert_eq!(printed(|out| map::mermaid(&one, out)), printed(|out| map::mermaid(&other, out)));
    }
}

#[test]
fn formats_have_names_and_extensions() {
    assert_eq!(Format::named("json"), Some(Format::Json));
    assert_eq!(Format::of_extension("JSON"), Some(Format::Json));
    assert_eq!(Format::named("sarif"), None);
}
