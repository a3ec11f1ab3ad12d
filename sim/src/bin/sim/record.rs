//! `--report` and `--trace`: what is written down of a run.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use sim::page::{Recorder, Story, to_html};
use sim::{Checker, JsonLines};
use swim_core::Node;

use crate::args::Record;
use crate::verdict::Misuse;

/// What watches a run, as asked for.
pub(crate) struct Recorders<'a> {
    report: Option<(&'a Path, Recorder)>,
    trace: Option<(&'a Path, JsonLines<BufWriter<File>>)>,
}

impl<'a> Recorders<'a> {
    /// Opens the files now, so that a wrong path ends the command before the run.
    pub(crate) fn new(record: &'a Record) -> Result<Self, Misuse> {
        let create = |path: &Path| File::create(path).map_err(|error| failed(path, &error));
        let report = record.report.as_deref();
        let report =
            report.map(|path| create(&unfinished(path)).map(|_| (path, Recorder::new()))).transpose()?;
        let trace = record.trace.as_deref();
        let lines = |path| create(path).map(|file| (path, JsonLines::new(BufWriter::new(file))));
        Ok(Self { report, trace: trace.map(lines).transpose()? })
    }

    pub(crate) fn watchers(&self) -> Vec<Box<dyn Checker<Node>>> {
        let recorder =
            self.report.iter().map(|(_, recorder)| Box::new(recorder.clone()) as Box<dyn Checker<Node>>);
        let lines = self.trace.iter().map(|(_, lines)| Box::new(lines.clone()) as Box<dyn Checker<Node>>);
        recorder.chain(lines).collect()
    }

    /// Writes what is still to be written.
    pub(crate) fn finish(&self, story: &Story) -> Result<(), Misuse> {
        if let Some((path, recorder)) = &self.report {
            let page = to_html(&recorder.recording(), story);
            let written = fs::write(unfinished(path), page).and_then(|()| fs::rename(unfinished(path), path));
            written.map_err(|error| failed(path, &error))?;
        }
        if let Some((path, lines)) = &self.trace {
            lines.finish().map_err(|error| failed(path, &error))?;
        }
        Ok(())
    }
}

/// Where a page is written, so that a page of an earlier run stays until there is another one.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".unfinished");
    name.into()
}

fn failed(path: &Path, error: &io::Error) -> Misuse {
    Misuse::new(format!("{}: {error}", path.display()))
}
