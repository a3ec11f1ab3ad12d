//! A file of settings with everything in it.

use std::fmt::Write;

use crate::config::range::range;
use crate::config::setting::{Change, Section, Setting};
use crate::config::settings::Settings;
use crate::config::table::all_settings;

const WIDTH: usize = 100;
const HEAD: &str = "Settings of a node: swim run --config FILE.\n\nEvery value is the default; what has none, and what \
                    the preset decides, is commented out. The environment goes before the file, the command line \
                    before both. `swim config --check FILE` checks a file.";

/// A file in which every setting has its default.
pub(crate) fn text() -> String {
    let mut text = String::new();
    comment(&mut text, HEAD);
    for section in Section::ALL {
        let _ = write!(text, "\n\n# --- {} ---\n", section.title());
        for setting in all_settings().filter(|setting| setting.section == section) {
            text.push('\n');
            describe(&mut text, setting);
        }
    }
    text
}

fn describe(text: &mut String, setting: &Setting) {
    let restart = match setting.change {
        Change::Reload => "",
        Change::Restart => " A change needs a restart.",
    };
    comment(text, &format!("{}.", setting.help));
    comment(text, &format!("Allowed: {}.{restart}", range(setting)));
    let line = match (setting.show)(&Settings::default()) {
        Some(default) if is_preset(setting) => format!("# {} = {default}", setting.key),
        Some(default) => format!("{} = {default}", setting.key),
        None => format!("# {} = {}", setting.key, setting.sample),
    };
    text.push_str(&line);
    text.push('\n');
}

/// A number that is given would hide what another preset says.
fn is_preset(setting: &Setting) -> bool {
    setting.section == Section::Protocol && setting.key != "preset"
}

fn comment(text: &mut String, words: &str) {
    for paragraph in words.split('\n') {
        let mut line = String::from("#");
        for word in paragraph.split_whitespace() {
            if line.len() + word.len() + 1 > WIDTH {
                text.push_str(&line);
                text.push('\n');
                line.truncate(1);
            }
            line.push(' ');
            line.push_str(word);
        }
        text.push_str(&line);
        text.push('\n');
    }
}
