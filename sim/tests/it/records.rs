//! What is written down of a run, and what is printed.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::command_line::{sim, stdout};

/// A folder for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("records").join(name);
    let _none_yet = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn crash(report: &Path) -> Output {
    sim(&format!("run crash --nodes 4 --report {}", report.display()))
}

fn is_page(text: &str) -> bool {
    text.starts_with("<!doctype html>") && text.trim_end().ends_with("</html>")
}

#[test]
fn a_page_behind_a_link_takes_the_place_of_what_was_there_and_the_link_stays() {
    let folder = folder("link");
    let (page, link) = (folder.join("page.html"), folder.join("link.html"));
    fs::write(&page, "of before").unwrap();
    symlink("page.html", &link).unwrap();
    assert_eq!(crash(&link).status.code(), Some(0));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(is_page(&fs::read_to_string(&page).unwrap()));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

#[test]
fn a_page_goes_into_a_pipe_that_stays_one() {
    let pipe = folder("pipe").join("page.html");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut text = String::new();
            File::open(pipe).and_then(|mut file| file.read_to_string(&mut text)).map(|_| text)
        }
    });
    assert_eq!(crash(&pipe).status.code(), Some(0));
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert!(is_page(&reader.join().unwrap().unwrap()));
}

#[test]
fn a_page_that_is_to_be_a_folder_or_the_trace_is_refused_before_the_run() {
    let folder = folder("refused");
    let file = folder.join("both");
    for (line, part) in [
        (format!("--report {}", folder.display()), "is a folder"),
        (format!("--report {0} --trace {0}", file.display()), "--report and --trace name one file"),
    ] {
        let output = sim(&format!("run crash --nodes 4 {line}"));
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{line}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(part), "{line} says {told}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn the_command_on_a_page_can_be_pasted_into_a_shell() {
    let folder = folder("a page's name");
    let (story, page) = (folder.join("story.txt"), folder.join("page.html"));
    fs::write(&story, "# A story.\ncluster 2\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    let output =
        command.args(["run".as_ref(), story.as_os_str(), "--report".as_ref(), page.as_os_str()]).output();
    assert_eq!(output.unwrap().status.code(), Some(0));
    let quoted = format!("sim run &quot;{}&quot; --seed 1", story.display());
    let text = fs::read_to_string(page).unwrap();
    assert!(text.contains(&quoted), "{quoted}");
}

#[test]
fn output_that_cannot_be_written_is_an_error_and_a_reader_who_is_gone_is_not() {
    for line in ["list", "--help", "run crash --nodes 4", "sweep --seeds 0..2 --class s --json"] {
        let to = |file: &str| {
            let file = File::options().write(true).open(file).expect("it can be written to");
            Command::new(env!("CARGO_BIN_EXE_sim")).args(line.split(' ')).stdout(file).output().unwrap()
        };
        let full = to("/dev/full");
        let told = String::from_utf8_lossy(&full.stderr);
        assert_eq!(full.status.code(), Some(2), "{line}");
        assert!(
            told.contains("sim: cannot write to the standard output: No space left"),
            "{line} says {told}"
        );
        assert_eq!(to("/dev/null").status.code(), Some(0), "{line}");

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let gone =
            Command::new(env!("CARGO_BIN_EXE_sim")).args(line.split(' ')).stdout(writer).output().unwrap();
        assert_eq!(gone.status.code(), Some(0), "{line}");
    }
}
