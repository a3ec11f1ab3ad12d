//! `swim keygen`: a fresh key.

use std::io;
use std::path::Path;

use crate::cli::KeygenArgs;
use crate::keyfile::Secret;
use crate::output::Output;
use crate::problem::Problem;
use crate::reason;

pub(crate) fn run(args: &KeygenArgs) -> Result<(), Problem> {
    let secret = Secret::generate()?.with_suite(args.suite);
    match &args.file {
        None => Output::open().line(secret.to_text().trim_end()),
        Some(file) => write(&secret, file),
    }
}

fn write(secret: &Secret, file: &Path) -> Result<(), Problem> {
    secret.write_new(file).map_err(|error| unwritable(file, &error))?;
    let (file, id) = (file.display(), secret.to_key().id());
    Output::open().line(&format!(
        "wrote key {id} to {file}. Copy it to every node, and start them with: swim run --key-file {file} ..."
    ))
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    let file = path.display();
    if error.kind() != io::ErrorKind::AlreadyExists {
        return Problem::failed(format!("cannot write {file}: {}", reason::of_writing(error)));
    }
    let advice = if path.is_dir() { "Name a file in it" } else { "Choose another name, or remove it first" };
    Problem::failed(format!("{file} exists and is left as it is. {advice}"))
}
