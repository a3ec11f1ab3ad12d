//! `--report` and `--trace`: what is written down of a run.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use sim::page::{Recorder, Story, to_html};
use sim::{Checker, JsonLines};
use swim_core::Node;

use crate::args::Record;
use crate::verdict::Misuse;

/// What watches a run, as asked for.
pub(crate) struct Recorders<'a> {
    report: Option<(Page<'a>, Recorder)>,
    trace: Option<(&'a Path, JsonLines<BufWriter<File>>)>,
}

impl<'a> Recorders<'a> {
    /// Opens the files now, so that a wrong path ends the command before the run.
    pub(crate) fn new(record: &'a Record) -> Result<Self, Misuse> {
        let (report, trace) = (record.report.as_deref(), record.trace.as_deref());
        if report.is_some() && report == trace {
            return Err(Misuse::new("--report and --trace name one file: they need one each"));
        }
        let page = |path| Page::create(path).map(|page| (page, Recorder::new()));
        let lines = |path| create(path).map(|file| (path, JsonLines::new(BufWriter::new(file))));
        Ok(Self { report: report.map(page).transpose()?, trace: trace.map(lines).transpose()? })
    }

    pub(crate) fn watchers(&self) -> Vec<Box<dyn Checker<Node>>> {
        let recorder =
            self.report.iter().map(|(_, recorder)| Box::new(recorder.clone()) as Box<dyn Checker<Node>>);
        let lines = self.trace.iter().map(|(_, lines)| Box::new(lines.clone()) as Box<dyn Checker<Node>>);
        recorder.chain(lines).collect()
    }

    /// Writes what is still to be written.
    pub(crate) fn finish(&self, story: &Story) -> Result<(), Misuse> {
        if let Some((page, recorder)) = &self.report {
            page.write(&to_html(&recorder.recording(), story)).map_err(|error| failed(page.path, &error))?;
        }
        if let Some((path, lines)) = &self.trace {
            lines.finish().map_err(|error| failed(path, &error))?;
        }
        Ok(())
    }
}

/// A file that is to become a page.
struct Page<'a> {
    path: &'a Path,
    file: File,
    /// Where the file is until it takes the place of a page of an earlier run, and that place; a pipe or a device is written
    /// to as it is.
    beside: Option<(PathBuf, PathBuf)>,
}

impl<'a> Page<'a> {
    fn create(path: &'a Path) -> Result<Self, Misuse> {
        let there = fs::metadata(path).ok();
        if there.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(failed(path, &"is a folder, and a page is a file"));
        }
        if there.is_some_and(|there| !there.is_file()) {
            return Ok(Self { path, file: create(path)?, beside: None });
        }
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut unfinished = OsString::from(&place);
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        Ok(Self { path, file: create(&unfinished)?, beside: Some((unfinished, place)) })
    }

    fn write(&self, page: &str) -> io::Result<()> {
        (&self.file).write_all(page.as_bytes())?;
        self.beside.as_ref().map_or(Ok(()), |(unfinished, place)| fs::rename(unfinished, place))
    }
}

fn create(path: &Path) -> Result<File, Misuse> {
    File::create(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &dyn fmt::Display) -> Misuse {
    Misuse::new(format!("{}: {error}", path.display()))
}
