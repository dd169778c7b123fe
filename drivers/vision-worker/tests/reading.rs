//! A page is read beside the camera's pictures: the next page is not kept waiting, and a slow reading ends as a
//! time-out, never as the end of the camera.

mod terminal;

use std::path::{Path, PathBuf};
use terminal::Terminal;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Command, Reply, ToWorker};
use tongban_device::page::ReadTask;
use tongban_device::state::DeviceState;

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize().expect("the workspace")
}

/// A camera, and the page that was taken with it; the folder is the camera's.
fn camera() -> (tempfile::TempDir, Terminal, Vec<u8>) {
    let dir = tempfile::tempdir().expect("temp dir");
    std::fs::copy(root().join("target/samples/pages/m11-title-list.jpg"), dir.path().join("page.jpg"))
        .expect("a sample");
    let port = format!("files:{}", dir.path().display());
    let mut terminal = Terminal::start_with_models(&port, &root().join("assets/models"));
    terminal.wait_state(DeviceState::Online);
    let page = take(&mut terminal);
    (dir, terminal, page)
}

fn take(terminal: &mut Terminal) -> Vec<u8> {
    match terminal.call(Command::TakePage, 15_000) {
        Ok(Reply::Pages(mut pages)) => pages.remove(0).jpeg,
        other => panic!("no page: {other:?}"),
    }
}

fn reading(jpeg: &[u8]) -> Command {
    let (material, jpeg) = ("职称证书".to_owned(), jpeg.to_vec());
    Command::ReadPage(Box::new(ReadTask {
        jpeg,
        findings: Vec::new(),
        material,
        names: Vec::new(),
        figures: Vec::new(),
    }))
}

#[test]
fn the_next_page_is_taken_while_one_is_read() {
    let (_dir, mut terminal, page) = camera();
    let read = terminal.begin(reading(&page), 30_000);
    let mut taken = 0;
    // A still takes a fraction of a reading: while it goes on several fit.
    while !terminal.is_done(read) {
        take(&mut terminal);
        taken += 1;
    }
    assert!(matches!(terminal.finish(read), Ok(Reply::PageRead(_))));
    assert!(taken >= 2, "{taken} pages beside one reading");
}

#[test]
fn a_reading_out_of_time_or_not_wanted_any_more_ends_alone() {
    let (_dir, mut terminal, page) = camera();
    let late = terminal.call(reading(&page), 1);
    assert!(matches!(late, Err(DeviceFault::Timeout(_))), "{late:?}");
    let unwanted = terminal.begin(reading(&page), 30_000);
    terminal.send(&ToWorker::Cancel { request: unwanted });
    assert_eq!(terminal.finish(unwanted).err(), Some(DeviceFault::Cancelled));
    // The same worker goes on; neither answer comes a second time.
    assert_eq!(take(&mut terminal), page);
    assert!(matches!(terminal.call(reading(&page), 30_000), Ok(Reply::PageRead(_))));
}

#[test]
fn a_page_that_lies_upside_down_is_read_and_sent_to_a_person_and_an_upright_one_is_not() {
    let (_dir, mut terminal, page) = camera();
    let turned = image::load_from_memory(&page).expect("our own page").rotate180();
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90);
    turned.write_with_encoder(encoder).expect("encodes");
    for (page, turn, legible) in [(page, 0, Some(true)), (jpeg, 180, None)] {
        let Ok(Reply::PageRead(report)) = terminal.call(reading(&page), 30_000) else { panic!("not read") };
        assert_eq!((report.turn, report.verdict.legible), (turn, legible));
        assert!(report.lines > 5 && !report.unread, "{report:?}");
    }
}
