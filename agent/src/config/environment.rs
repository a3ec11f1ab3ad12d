//! Settings from the environment: `SWIM_NAME`, or `SWIM_NAME_FILE` for a file that holds the value.

use std::env;
use std::path::Path;

use crate::config::file::{text_of, unreadable};
use crate::config::layer::{Given, Layer, Origin};
use crate::config::setting::{Setting, Shape};
use crate::config::table::all_settings;
use crate::config::value::nearest;
use crate::problem::{Problem, warn};

/// The file of settings.
pub(crate) const CONFIG: &str = "SWIM_CONFIG";
/// Variables that are no settings.
const OTHERS: [&str; 2] = [CONFIG, "SWIM_LOG"];

/// What the environment gives.
pub(crate) fn read() -> Result<Layer, Problem> {
    let mut layer = Layer::default();
    for setting in all_settings() {
        if let Some((text, origin)) = value_of(&setting.variable())? {
            layer.give(setting, Given::new(split(setting, &text), Origin::Variable(origin)));
        }
    }
    Ok(layer)
}

/// Says which variables look like settings but are none. Others may share the prefix: Kubernetes makes some of its
/// own for a service of this name.
pub(crate) fn warn_of_typos() {
    let known: Vec<_> = all_settings().map(Setting::variable).chain(OTHERS.map(Into::into)).collect();
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(|name| name.starts_with("SWIM_")) {
        let base = name.strip_suffix("_FILE").unwrap_or(&name);
        let is_known = known.iter().any(|known| known == base || *known == name);
        let near = nearest(base, known.iter().map(String::as_str)).filter(|_| !is_known);
        if let Some(near) = near {
            warn(&format!("{name} in the environment is no setting; did you mean {near}?"));
        }
    }
}

/// The file wins; if it cannot be read, the plain variable counts.
fn value_of(variable: &str) -> Result<Option<(String, String)>, Problem> {
    let plain = text(variable)?;
    let indirect = format!("{variable}_FILE");
    let Some(file) = text(&indirect)? else { return Ok(plain.map(|text| (text, variable.into()))) };
    let file = Path::new(&file);
    match (text_of(file).map_err(|error| unreadable(file, &error)), plain) {
        (Ok(text), _) => Ok(Some((text.trim_end_matches(['\r', '\n']).into(), indirect))),
        (Err(why), None) => {
            Err(Problem::usage(format!("{indirect}: {why}. Name another file, or give {variable} itself")))
        }
        (Err(why), Some(plain)) => {
            warn(&format!("{indirect}: {why}. {variable} is used instead"));
            Ok(Some((plain, variable.into())))
        }
    }
}

fn text(variable: &str) -> Result<Option<String>, Problem> {
    let text = env::var_os(variable).map(std::ffi::OsString::into_string).transpose();
    text.map_err(|_| Problem::usage(format!("{variable} is not text in UTF-8")))
}

/// Lists have commas or lines between their values.
fn split(setting: &Setting, text: &str) -> Vec<String> {
    match setting.shape {
        Shape::One | Shape::Flag => vec![text.into()],
        Shape::List | Shape::Pairs => {
            text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty()).map(Into::into).collect()
        }
    }
}
