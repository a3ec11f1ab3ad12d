//! The settings as they are, and where each comes from.

use crate::config::layer::Origin;
use crate::config::load::Loaded;
use crate::config::table::all_settings;

/// One line a setting, in the form of the file.
pub(crate) fn text(loaded: &Loaded) -> String {
    let lines = all_settings().map(|setting| {
        let origin = loaded.origin(setting.key).map_or_else(|| "default".into(), Origin::place);
        match (setting.show)(&loaded.settings) {
            // A key is told by its fingerprint, which is no value of the setting.
            Some(value) if setting.key == "secret" => format!("# secret: {value}  # {origin}"),
            Some(value) => format!("{} = {value}  # {origin}", setting.key),
            None => format!("# {} is not set", setting.key),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
