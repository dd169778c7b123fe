//! The real `tongban-vision` over a socket pair, with a directory of pictures as its camera.

mod terminal;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage};
use rustix::fs::{SealFlags, fcntl_get_seals, fstat};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use terminal::Terminal;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Command, Event, FromWorker, Reply, ToWorker};
use tongban_device::state::DeviceState;

/// A page-like picture whose top left tells which one it is.
fn page(shade: u8, width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let ink = x > width / 4 && (x / 9 + y / 17) % 4 == 0;
        image::Rgb([if ink { 15 } else { shade }; 3])
    })
}

fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 88);
    encoder.encode(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8).expect("encodes");
    bytes
}

/// The JPEG with an EXIF segment that names a place and a time, as a telephone writes it.
fn with_exif(jpeg: &[u8]) -> Vec<u8> {
    // TIFF, little-endian, one IFD with DateTime and a GPS pointer; content is what matters here.
    let mut exif = b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x32\x01\x02\0\x14\0\0\0\x1a\0\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"2031:05:06 07:08:09\0GPSLatitude 30.0000 GPSLongitude 104.0000");
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn put_under_camera(dir: &Path, name: &str) {
    fs::write(dir.join("current"), name).expect("writes");
}

fn still(terminal: &mut Terminal) -> Result<tongban_device::message::Still, DeviceFault> {
    match terminal.call(Command::Still, 10_000) {
        Ok(Reply::Still(still)) => Ok(still),
        Ok(other) => panic!("not a still: {other:?}"),
        Err(fault) => Err(fault),
    }
}

#[test]
fn frames_arrive_ten_a_second_in_a_sealed_ring_that_cannot_be_written() {
    let dir = tempfile::tempdir().expect("temp dir");
    fs::write(dir.path().join("a.jpg"), jpeg(&page(200, 1280, 720))).expect("writes");
    let mut terminal = Terminal::start("files", &format!("files:{}", dir.path().display()));
    terminal.wait_state(DeviceState::Online);
    assert!(matches!(terminal.call(Command::StartPreview { fps: 15 }, 5000), Ok(Reply::Nothing)));
    let ring = terminal.wait_ring();
    assert_eq!((ring.slots, ring.width, ring.height), (4, 960, 540));
    let size = u64::try_from(fstat(&ring.fd).expect("stat").st_size).expect("positive");
    assert_eq!(size, 4 * 960 * 540 * 4);
    let seals = fcntl_get_seals(&ring.fd).expect("seals");
    assert!(seals.contains(SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL));
    assert!(ring.map_for_writing().is_err(), "the terminal cannot scribble on what the worker reads");
    let began = Instant::now();
    let mut frames = 0;
    while began.elapsed() < Duration::from_secs(2) {
        let (slot, width, height) = terminal.wait_frame();
        assert_eq!((width, height), (960, 540));
        assert_eq!(ring.pixel(slot), [200, 200, 200, 255], "slot {slot} holds the page");
        terminal.send(&ToWorker::SlotFree { slot });
        frames += 1;
    }
    assert!(frames >= 20, "{frames} frames in two seconds");
    assert!(frames <= 34, "{frames} frames in two seconds at fifteen a second");
    assert!(matches!(terminal.call(Command::StopPreview, 2000), Ok(Reply::Nothing)));
    assert!(terminal.quiet_for(Duration::from_millis(300)), "no frame after the preview was stopped");
    let small = Command::ShowPreview { fps: 15, width: 376, height: 212 };
    assert!(matches!(terminal.call(small, 5000), Ok(Reply::Nothing)));
    let (slot, width, height) = terminal.wait_frame();
    assert_eq!((width, height), (376, 211), "no larger than it is drawn, in its own shape");
    assert_eq!(ring.pixel(slot), [200, 200, 200, 255]);
}

#[test]
fn a_terminal_that_keeps_its_slots_gets_no_more_frames_and_the_worker_still_answers() {
    let dir = tempfile::tempdir().expect("temp dir");
    fs::write(dir.path().join("a.jpg"), jpeg(&page(120, 960, 540))).expect("writes");
    let mut terminal = Terminal::start("files", &format!("files:{}", dir.path().display()));
    terminal.wait_state(DeviceState::Online);
    terminal.call(Command::StartPreview { fps: 15 }, 5000).expect("starts");
    let _ring = terminal.wait_ring();
    let mut slots: Vec<u8> = (0..4).map(|_| terminal.wait_frame().0).collect();
    slots.sort_unstable();
    assert_eq!(slots, [0, 1, 2, 3]);
    assert!(terminal.quiet_for(Duration::from_millis(500)));
    let began = Instant::now();
    let Ok(Reply::Health(evidence)) = terminal.call(Command::Check, 1000) else { panic!("no health") };
    assert!(began.elapsed() < Duration::from_secs(1));
    assert!(evidence["frames-dropped"].parse::<u32>().expect("a number") >= 4);
    terminal.send(&ToWorker::SlotFree { slot: 2 });
    assert_eq!(terminal.wait_frame().0, 2);
}

#[test]
fn a_still_has_full_size_and_no_exif_although_the_input_has() {
    let dir = tempfile::tempdir().expect("temp dir");
    let input = with_exif(&jpeg(&page(230, 3264, 2448)));
    assert!(contains(&input, b"GPSLatitude") && contains(&input, b"Exif\0"), "negative control: the input has it");
    fs::write(dir.path().join("page.jpg"), &input).expect("writes");
    let mut terminal = Terminal::start("files", &format!("files:{}", dir.path().display()));
    terminal.wait_state(DeviceState::Online);
    let began = Instant::now();
    let still = still(&mut terminal).expect("a still");
    eprintln!("still of 8 MP took {} ms", began.elapsed().as_millis());
    assert_eq!((still.width, still.height), (3264, 2448));
    for bytes in [&still.jpeg, &still.thumb_jpeg] {
        assert!(!contains(bytes, b"Exif") && !contains(bytes, b"GPSLatitude") && !contains(bytes, b"2031:05:06"));
    }
    let back = image::load_from_memory(&still.jpeg).expect("decodes");
    assert_eq!((back.width(), back.height()), (3264, 2448));
    assert_eq!((still.thumb.width, still.thumb.height), (320, 240));
    assert!(still.sharpness > 100, "{}", still.sharpness);
}

#[test]
fn garbage_under_the_camera_is_d132_and_the_next_page_works() {
    let dir = tempfile::tempdir().expect("temp dir");
    let good = jpeg(&page(210, 1600, 1200));
    fs::write(dir.path().join("good.jpg"), &good).expect("writes");
    fs::write(dir.path().join("cut.jpg"), &good[..good.len() / 2]).expect("writes");
    fs::write(dir.path().join("text.jpg"), "not a picture at all").expect("writes");
    fs::write(dir.path().join("huge.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x06\0\0\0rest")
        .expect("writes");
    put_under_camera(dir.path(), "good.jpg");
    let mut terminal = Terminal::start("files", &format!("files:{}", dir.path().display()));
    terminal.wait_state(DeviceState::Online);
    assert_eq!(still(&mut terminal).expect("good before").width, 1600);
    for bad in ["cut.jpg", "text.jpg", "huge.png"] {
        put_under_camera(dir.path(), bad);
        assert_eq!(still(&mut terminal).expect_err(bad), DeviceFault::Medium("D132".into()), "{bad}");
    }
    put_under_camera(dir.path(), "good.jpg");
    assert_eq!(still(&mut terminal).expect("good after").width, 1600);
    // The same during the live picture: a state goes out, and another when a page can be read again.
    terminal.call(Command::StartPreview { fps: 15 }, 5000).expect("starts");
    let _ring = terminal.wait_ring();
    put_under_camera(dir.path(), "text.jpg");
    assert_eq!(terminal.wait_state(DeviceState::UserError).as_deref(), Some("D132"));
    put_under_camera(dir.path(), "good.jpg");
    assert_eq!(terminal.wait_state(DeviceState::Online), None);
    assert!(terminal.peak_memory_kib() < 400 * 1024, "memory stays bounded: {} KiB", terminal.peak_memory_kib());
}

#[test]
fn a_clip_is_bounded_decodes_and_can_be_cancelled() {
    let dir = tempfile::tempdir().expect("temp dir");
    fs::create_dir(dir.path().join("face")).expect("makes");
    for at in 0..4_u8 {
        fs::write(dir.path().join(format!("face/{at}.jpg")), jpeg(&page(60 + 40 * at, 1280, 720))).expect("writes");
    }
    let mut terminal = Terminal::start("files", &format!("files:{}", dir.path().display()));
    terminal.wait_state(DeviceState::Online);
    let Ok(Reply::Clip(clip)) = terminal.call(Command::Clip { ms: 1000, fps: 8 }, 5000) else { panic!("no clip") };
    let (fps, frames) = tongban_camera::clip::parse(&clip.bytes).expect("parses");
    assert_eq!(fps, 8);
    assert!((6..=8).contains(&frames.len()), "{} frames", frames.len());
    let shades: std::collections::BTreeSet<u8> = frames
        .iter()
        .map(|jpeg| image::load_from_memory(jpeg).expect("decodes").into_rgb8().get_pixel(4, 4)[0] / 20)
        .collect();
    assert!(shades.len() >= 3, "the picture moves: {shades:?}");
    let request = terminal.begin(Command::Clip { ms: 15_000, fps: 8 }, 20_000);
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    terminal.send(&ToWorker::Cancel { request });
    assert_eq!(terminal.finish(request).expect_err("cancelled"), DeviceFault::Cancelled);
    assert!(began.elapsed() < Duration::from_millis(500));
}

#[test]
fn a_camera_that_is_not_there_is_said_so_and_found_when_it_comes() {
    let dir = tempfile::tempdir().expect("temp dir");
    let later = dir.path().join("later");
    let mut terminal = Terminal::start("files", &format!("files:{}", later.display()));
    assert_eq!(terminal.wait_state(DeviceState::NoDevice).as_deref(), Some("D101"));
    assert_eq!(still(&mut terminal).expect_err("nothing there"), DeviceFault::NoDevice);
    fs::create_dir(&later).expect("makes");
    fs::write(later.join("a.jpg"), jpeg(&page(200, 640, 480))).expect("writes");
    terminal.wait_state(DeviceState::Online);
    terminal.call(Command::StartPreview { fps: 10 }, 5000).expect("starts");
    let _ring = terminal.wait_ring();
    let (slot, ..) = terminal.wait_frame();
    terminal.send(&ToWorker::SlotFree { slot });
    fs::rename(&later, dir.path().join("away")).expect("unplugs");
    assert_eq!(terminal.wait_state(DeviceState::NoDevice).as_deref(), Some("D105"));
    fs::rename(dir.path().join("away"), &later).expect("plugs");
    terminal.wait_state(DeviceState::Online);
    let _frame_again = terminal.wait_frame();
}

#[test]
fn the_worker_ends_with_its_line_and_refuses_what_it_does_not_speak() {
    let dir = tempfile::tempdir().expect("temp dir");
    let port = format!("files:{}", dir.path().display());
    let mut terminal = Terminal::start("files", &port);
    terminal.wait_state(DeviceState::Online);
    assert_eq!(terminal.call(Command::ReadCard, 1000).expect_err("no reader"), DeviceFault::Unsupported);
    assert!(terminal.hang_up(), "ends well at end of file");
    let mut terminal = Terminal::start("files", &port);
    terminal.wait_state(DeviceState::Online);
    terminal.send_bytes(&[0xFF; 64]);
    assert!(terminal.ends_within(Duration::from_secs(2)), "garbage ends it");
    let mut stranger = Terminal::start_speaking("files", &port, 900, 901);
    assert!(stranger.ends_within(Duration::from_secs(2)), "an unknown version is refused");
    let mut other = Terminal::start("sam-serial", &port);
    let (state, _) = other.next_state();
    assert_eq!(state, DeviceState::Starting);
    assert_eq!(other.wait_state(DeviceState::HardwareError).as_deref(), Some("D107"), "a driver it does not have");
    match other.next_within(Duration::from_millis(200)) {
        None | Some(FromWorker::Event(Event::State { .. })) => {}
        Some(unexpected) => panic!("{unexpected:?}"),
    }
}
