//! Settings from a TOML file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use crate::config::layer::{Given, Layer, Origin};
use crate::config::setting::{Setting, Shape};
use crate::config::table::{all_settings, find};
use crate::config::value::nearest;
use crate::output::printable;
use crate::problem::Problem;
use crate::reason;

/// No file of settings comes near; what is larger is something else.
const FILE_MAX: u64 = 1 << 20;

/// What the file gives.
pub(crate) fn read(file: &Path) -> Result<Layer, Problem> {
    let text = text_of(file).map_err(|error| {
        let is_missing = error.kind() == io::ErrorKind::NotFound;
        let advice = if is_missing { ". Make one with: swim config --example > FILE" } else { "" };
        Problem::usage(format!("{}{advice}", unreadable(file, &error)))
    })?;
    parse(file, &text)
}

/// The text of a file of settings or of one of them.
pub(crate) fn text_of(file: &Path) -> io::Result<Zeroizing<String>> {
    let opened = File::open(file)?;
    let mut text = Zeroizing::new(String::new());
    let len = opened.take(FILE_MAX + 1).read_to_string(&mut text)?;
    if len as u64 > FILE_MAX {
        return Err(io::Error::other(format!(
            "it has more than {FILE_MAX} bytes, so it is not what it should be"
        )));
    }
    Ok(text)
}

/// Why a file gives no text.
pub(crate) fn unreadable(file: &Path, error: &io::Error) -> String {
    format!("cannot read {}: {}", file.display(), reason::of_reading(error))
}

fn parse(file: &Path, text: &str) -> Result<Layer, Problem> {
    let source = Source { file, text };
    // What the parser says about a wrong line holds no value from it.
    let table = DeTable::parse(text).map_err(|error| {
        source.refuse(error.span().map_or(0, |span| span.start), &advice(error.message()))
    })?;
    let mut layer = Layer::default();
    for (key, value) in table.get_ref() {
        let setting = find(key.get_ref()).ok_or_else(|| source.unknown(key))?;
        let values = values_of(setting, value)
            .map_err(|why| source.refuse(value.span().start, &format!("{}: {why}", setting.key)))?;
        let origin =
            Origin::File { file: file.into(), line: source.line(key.span().start), key: setting.key };
        layer.give(setting, Given::new(values, origin));
    }
    Ok(layer)
}

/// The parser says what is wrong, not always what to do.
fn advice(message: &str) -> String {
    match message {
        "duplicate key" => "this setting is given twice: remove one of the two".into(),
        message => message.into(),
    }
}

/// The values as text, which is what all other sources have too.
fn values_of(setting: &Setting, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, String> {
    let single = |value: &DeValue<'_>| scalar(value).ok_or_else(|| expected(setting.shape, value));
    match (setting.shape, value.get_ref()) {
        (Shape::List, DeValue::Array(items)) => items.iter().map(|item| single(item.get_ref())).collect(),
        (Shape::One | Shape::Flag | Shape::List, value) => Ok(vec![single(value)?]),
        (Shape::Pairs, DeValue::Table(table)) => {
            table.iter().map(|(key, value)| pair(key.get_ref(), &single(value.get_ref())?)).collect()
        }
        (Shape::Pairs, value) => Err(expected(setting.shape, value)),
    }
}

fn pair(key: &str, value: &str) -> Result<String, String> {
    if key.contains('=') {
        return Err(format!("'{}': a key cannot hold an equals sign here", printable(key)));
    }
    Ok(format!("{key}={value}"))
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().into()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn expected(shape: Shape, value: &DeValue<'_>) -> String {
    let form = match shape {
        Shape::One => "one value, such as \"text\", 7 or \"2s\"",
        Shape::Flag => "true or false",
        Shape::List => "a list of texts, such as [\"one\", \"two\"]",
        Shape::Pairs => "a table of texts, such as { role = \"web\" }",
    };
    format!("write {form}, not a value of the type {}", value.type_str())
}

/// A file and its text, to say where in it something is.
struct Source<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        before.iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    fn refuse(&self, offset: usize, why: &str) -> Problem {
        let (file, line) = (self.file.display(), self.line(offset));
        Problem::usage(format!("{file}:{line}: {}", why.replace('\n', ", ")))
    }

    fn unknown<T: AsRef<str>>(&self, key: &Spanned<T>) -> Problem {
        let name = key.get_ref().as_ref();
        let near = nearest(name, all_settings().map(|setting| setting.key));
        let hint = near.map_or_else(
            || "`swim config --example` prints all settings".into(),
            |near| format!("did you mean {near}?"),
        );
        self.refuse(key.span().start, &format!("there is no setting {}; {hint}", printable(name)))
    }
}
