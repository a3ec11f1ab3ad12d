//! Settings from the command line.

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Error, FromArgMatches};

use crate::config::layer::{Given, Layer, Origin};
use crate::config::setting::{Section, Setting, Shape};
use crate::config::table::all_settings;

/// What the command line gives.
#[derive(Clone, Default)]
pub(crate) struct Options(pub(crate) Layer);

impl clap::Args for Options {
    fn augment_args(command: Command) -> Command {
        command.args(all_settings().filter_map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut layer = Layer::default();
        for setting in all_settings() {
            if let Some(given) = given(setting, matches) {
                layer.give(setting, given);
            }
        }
        Ok(Self(layer))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The short help shows what most users need.
fn arg(setting: &'static Setting) -> Option<Arg> {
    let option = setting.option?;
    let action = match setting.shape {
        Shape::One => ArgAction::Set,
        Shape::Flag => ArgAction::SetTrue,
        Shape::List | Shape::Pairs => ArgAction::Append,
    };
    let more = if action_repeats(&action) { ". May be repeated" } else { "" };
    let arg = Arg::new(setting.key)
        .long(option)
        .action(action)
        .help(format!("{}{more}", setting.help))
        .help_heading(setting.section.title())
        .hide_short_help(setting.section == Section::Protocol && setting.key != "preset");
    Some(if setting.metavar.is_empty() { arg } else { arg.value_name(setting.metavar) })
}

fn action_repeats(action: &ArgAction) -> bool {
    matches!(action, ArgAction::Append)
}

fn given(setting: &Setting, matches: &ArgMatches) -> Option<Given> {
    let option = setting.option?;
    if matches.value_source(setting.key) != Some(ValueSource::CommandLine) {
        return None;
    }
    let values = match setting.shape {
        Shape::Flag => vec!["true".into()],
        Shape::One | Shape::List | Shape::Pairs => matches.get_many(setting.key)?.cloned().collect(),
    };
    Some(Given::new(values, Origin::Option(option.into())))
}
