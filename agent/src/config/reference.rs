//! The reference of all settings in `docs/configuration.md` is what the code says.

use std::fmt::Write;
use std::fs;

use crate::config::range::range;
use crate::config::setting::{Change, Section, Setting};
use crate::config::settings::{Preset, Settings};
use crate::config::table::all_settings;
use crate::config::value::word;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
const BEGIN: &str =
    "<!-- The tables below are written by a test: UPDATE=1 cargo test -p agent reference -->\n";
const END: &str = "<!-- End of the tables. -->\n";

#[test]
fn the_reference_says_what_the_code_does() {
    let page = fs::read_to_string(PAGE).expect("the page");
    let (head, rest) = page.split_once(BEGIN).expect("where the tables begin");
    let (_, tail) = rest.split_once(END).expect("where the tables end");
    let expected = format!("{head}{BEGIN}{}{END}{tail}", tables());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(PAGE, &expected).expect("the page");
    } else {
        assert!(
            page == expected,
            "docs/configuration.md is outdated: UPDATE=1 cargo test -p agent reference"
        );
    }
}

fn tables() -> String {
    let mut text = String::new();
    for section in Section::ALL {
        let title = section.title();
        let _ = write!(
            text,
            "\n### {title}\n\n| file | environment | command line | default | range | change |\n"
        );
        text.push_str("|---|---|---|---|---|---|\n");
        let settings = || all_settings().filter(|setting| setting.section == section);
        settings().for_each(|setting| row(&mut text, setting));
        text.push('\n');
        for setting in settings() {
            let _ = writeln!(text, "* `{}`: {}.", setting.key, setting.help);
        }
    }
    text.push('\n');
    text
}

fn row(text: &mut String, setting: &Setting) {
    let (key, variable) = (setting.key, setting.variable());
    let option = setting.option.map_or_else(|| "-".into(), |option| format!("`--{option}`"));
    let change = match setting.change {
        Change::Reload => "reload",
        Change::Restart => "restart",
    };
    let (default, range) = (default(setting), range(setting));
    let _ = writeln!(text, "| `{key}` | `{variable}` | {option} | {default} | {range} | {change} |");
}

/// With those of the other presets where they differ.
fn default(setting: &Setting) -> String {
    let of = |preset: Preset| {
        let settings = Settings { protocol: preset.config(), ..Settings::default() };
        (setting.show)(&settings).map(|value| value.trim_matches('"').to_owned())
    };
    let Some(local) = of(Preset::Local) else { return "-".into() };
    let mut text = format!("`{local}`");
    for preset in [Preset::Lan, Preset::Wan] {
        if let Some(other) = of(preset).filter(|other| *other != local) {
            let _ = write!(text, ", {} `{other}`", word(&preset));
        }
    }
    text
}

#[test]
fn every_number_of_the_protocol_is_a_setting() {
    let fields = format!("{:#?}", swim_core::Config::lan());
    let fields =
        fields.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(": ")).map(|(name, _)| name);
    let protocol =
        all_settings().filter(|setting| setting.section == Section::Protocol).map(|setting| setting.key);
    let protocol: Vec<_> = protocol.filter(|&key| key != "preset").collect();
    assert_eq!(fields.collect::<Vec<_>>(), protocol);
}
