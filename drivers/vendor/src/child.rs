//! 子进程: one call, one answer, and the end.
#![allow(unsafe_code, reason = "resource limits and the end of this process with its parent")]

use crate::bmp;
use crate::buffer::Guarded;
use crate::call::{Answer, Call, PhotoAbi, ReaderAbi, What};
use crate::library::Library;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tongban_device::frame;

/// Pause between two looks for a card or a finger.
const LOOK_PAUSE: Duration = Duration::from_millis(100);
/// Seconds of processor time a call may burn.
const CPU_SECONDS: u64 = 30;
/// Memory a library may take.
const MEMORY_BYTES: u64 = 1 << 30;
const TEXT_BYTES: usize = 256;
const BLOCK_BYTES: usize = 1024;
/// Picture of GA/T 1011.
const PRINT_WIDTH: usize = 256;
const PRINT_HEIGHT: usize = 360;
/// Largest picture a collector may announce.
const PRINT_BYTES_MAX: usize = 4 << 20;

/// Carries out the call on standard input and answers on standard output.
pub fn serve() -> ExitCode {
    match serve_one() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "vendor call: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve_one() -> io::Result<()> {
    confine()?;
    let other = |error: frame::FrameError| io::Error::other(error.to_string());
    let call: Call =
        frame::read_message(&mut io::stdin().lock()).map_err(other)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    fence(&call)?;
    let mut answers = keep_output()?;
    let answer = match carry_out(&call) {
        Ok(answer) | Err(answer) => answer,
    };
    frame::write_message(&mut answers, &answer).map_err(other)?;
    answers.flush()?;
    // No destructor of a library gets the chance to hang.
    // SAFETY: ends the process at once; the answer is written.
    unsafe { libc::_exit(0) }
}

/// Ends with the parent, leaves no core with a card in it, and stays small.
fn confine() -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    // SAFETY: plain prctl flags and limits of this process; the structs outlive the calls.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        for (what, most) in [(libc::RLIMIT_CORE, 0), (libc::RLIMIT_CPU, CPU_SECONDS), (libc::RLIMIT_AS, MEMORY_BYTES)] {
            let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
            if libc::setrlimit(what, &raw const limit) != 0 {
                return Err(io::Error::last_os_error());
            }
        }
    }
    Ok(())
}

/// From here on a maker's code runs: it starts no programs, has no network, and opens devices, its own
/// folder and the libraries' folders only.
fn fence(call: &Call) -> io::Result<()> {
    let mut libraries = vec![call.library.as_path()];
    if let What::Capture { scorer: Some(scorer), .. } = &call.what {
        libraries.push(scorer);
    }
    // A library reads its licence and tables beside it; one that lies in a root folder has no folder of its own.
    let folder = |library: &Path| match library.parent() {
        Some(folder) if folder.is_absolute() && folder.components().count() > 2 => folder.to_owned(),
        _ => library.to_owned(),
    };
    let allowance = tongban_sandbox::Allowance { network: false, read: libraries.into_iter().map(folder).collect() };
    tongban_sandbox::lock(&allowance).map(drop).map_err(|error| io::Error::other(error.to_string()))
}

/// Libraries print to standard output; the answers go where they cannot.
fn keep_output() -> io::Result<std::fs::File> {
    let kept: OwnedFd = io::stdout().as_fd().try_clone_to_owned()?;
    let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&nowhere)?;
    Ok(kept.into())
}

fn carry_out(call: &Call) -> Result<Answer, Answer> {
    let library = Library::open(&call.library)?;
    let until = Instant::now() + Duration::from_millis(call.wait_ms);
    match &call.what {
        What::Photo { abi: PhotoAbi::Unpack, wlt } => unpack(&library, wlt),
        What::Photo { abi: PhotoAbi::GetBmp, wlt } => get_bmp(&library, wlt),
        What::Read(ReaderAbi::Sdt { port }) => sdt(&library, *port, until),
        What::Read(ReaderAbi::Cvr { path, protocol }) => cvr(&library, path, *protocol, until),
        What::Probe(ReaderAbi::Sdt { port }) => sdt_probe(&library, *port),
        What::Probe(ReaderAbi::Cvr { path, protocol }) => {
            good("CVR_InitComm", library.call_text_int("CVR_InitComm", path, *protocol)?, 1)?;
            let _ = library.call0("CVR_CloseComm");
            Ok(Answer::There)
        }
        What::Capture { channel, scorer } => {
            let scorer = scorer.as_deref().map(Library::open).transpose()?;
            capture(&library, scorer.as_ref(), *channel, until)
        }
        What::Match { image, features } => matched(&library, image, features),
    }
}

fn good(name: &str, code: i32, wanted: i32) -> Result<(), Answer> {
    if code == wanted { Ok(()) } else { Err(Answer::Refused(name.to_owned(), code)) }
}

fn unpack(library: &Library, wlt: &[u8]) -> Result<Answer, Answer> {
    // Built as C++ the name is mangled.
    let name = if library.has("unpack") { "unpack" } else { "_Z6unpackPcS_i" };
    let (input, output) = (Guarded::holding(wlt), Guarded::new(bmp::BMP_BYTES));
    good(name, library.call_convert(name, &input, &output)?, 1)?;
    bmp::picture(output.bytes()).ok_or_else(|| Answer::Refused(name.to_owned(), 1))
}

/// The library writes its picture beside the file it was given; the folder is this call's own.
fn get_bmp(library: &Library, wlt: &[u8]) -> Result<Answer, Answer> {
    let file_trouble = |_| Answer::Refused("GetBmp: file".to_owned(), 0);
    std::fs::write("zp.wlt", wlt).map_err(file_trouble)?;
    good("GetBmp", library.call_text_int("GetBmp", "zp.wlt", 1)?, 1)?;
    let bytes = std::fs::read("zp.bmp").map_err(file_trouble)?;
    bmp::picture(&bytes).ok_or_else(|| Answer::Refused("GetBmp".to_owned(), 1))
}

/// 144: done; 159: a card was found.
const SDT_DONE: i32 = 0x90;
const SDT_FOUND: i32 = 0x9F;

fn sdt_probe(library: &Library, port: i32) -> Result<Answer, Answer> {
    good("SDT_OpenPort", library.call_int("SDT_OpenPort", port)?, SDT_DONE)?;
    let _ = library.call_int("SDT_ClosePort", port);
    Ok(Answer::There)
}

fn sdt(library: &Library, port: i32, until: Instant) -> Result<Answer, Answer> {
    good("SDT_OpenPort", library.call_int("SDT_OpenPort", port)?, SDT_DONE)?;
    let answer = sdt_card(library, port, until);
    let _ = library.call_int("SDT_ClosePort", port);
    answer
}

fn sdt_card(library: &Library, port: i32, until: Instant) -> Result<Answer, Answer> {
    let sam_id = if library.has("SDT_GetSAMIDToStr") {
        let text = Guarded::new(64);
        let code = library.call_port("SDT_GetSAMIDToStr", port, &text, 0)?;
        let end = text.bytes().iter().position(|byte| *byte == 0).unwrap_or(64);
        if code == SDT_DONE { String::from_utf8_lossy(&text.bytes()[..end]).into_owned() } else { String::new() }
    } else {
        String::new()
    };
    while library.call_port("SDT_StartFindIDCard", port, &Guarded::new(4), 0)? != SDT_FOUND {
        if Instant::now() >= until {
            return Ok(Answer::NoMedia);
        }
        std::thread::sleep(LOOK_PAUSE);
    }
    let code = library.call_port("SDT_SelectIDCard", port, &Guarded::new(8), 0)?;
    good("SDT_SelectIDCard", code, SDT_DONE)?;
    let blocks = [Guarded::new(TEXT_BYTES), Guarded::new(BLOCK_BYTES), Guarded::new(BLOCK_BYTES)];
    let with_fingers = library.has("SDT_ReadBaseFPMsg");
    let (code, lengths) = library.call_read(port, [&blocks[0], &blocks[1], &blocks[2]], with_fingers)?;
    good("SDT_ReadBaseMsg", code, SDT_DONE)?;
    let part = |at: usize| {
        let length = usize::try_from(lengths[at]).unwrap_or(0);
        blocks[at]
            .bytes()
            .get(..length)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| Answer::Overrun("SDT_ReadBaseMsg".to_owned()))
    };
    Ok(Answer::Card { text: part(0)?, photo: part(1)?, fingers: part(2)?, sam_id })
}

/// Longest text a getter gives.
const CVR_TEXT_MAX: usize = 256;
/// Getters in the order of the card's record.
const CVR_FIELDS: [&str; 9] = [
    "GetPeopleName",
    "GetPeopleSex",
    "GetPeopleNation",
    "GetPeopleBirthday",
    "GetPeopleAddress",
    "GetPeopleIDCode",
    "GetDepartment",
    "GetStartDate",
    "GetEndDate",
];

fn cvr(library: &Library, path: &str, protocol: i32, until: Instant) -> Result<Answer, Answer> {
    good("CVR_InitComm", library.call_text_int("CVR_InitComm", path, protocol)?, 1)?;
    let answer = cvr_card(library, until);
    let _ = library.call0("CVR_CloseComm");
    answer
}

fn cvr_card(library: &Library, until: Instant) -> Result<Answer, Answer> {
    while library.call0("CVR_Authenticate")? != 1 {
        if Instant::now() >= until {
            return Ok(Answer::NoMedia);
        }
        std::thread::sleep(LOOK_PAUSE);
    }
    good("CVR_Read_Content", library.call_int("CVR_Read_Content", 1)?, 1)?;
    let mut fields = Vec::new();
    for getter in CVR_FIELDS {
        let text = library.call_text(getter, CVR_TEXT_MAX)?;
        // GBK on Windows and in what was carried over from there, UTF-8 elsewhere.
        let text = match String::from_utf8(text) {
            Ok(text) => text,
            Err(error) => encoding_rs::GB18030.decode(error.as_bytes()).0.into_owned(),
        };
        fields.push(text.trim().to_owned());
    }
    let sam_id = library.call_text("CVR_GetSAMID", CVR_TEXT_MAX).unwrap_or_default();
    Ok(Answer::Fields { fields, sam_id: String::from_utf8_lossy(&sam_id).into_owned() })
}

fn capture(library: &Library, scorer: Option<&Library>, channel: i32, until: Instant) -> Result<Answer, Answer> {
    good("LIVESCAN_Init", library.call0("LIVESCAN_Init")?, 1)?;
    let answer = capture_one(library, scorer, channel, until);
    let _ = library.call0("LIVESCAN_Close");
    answer
}

fn capture_one(library: &Library, scorer: Option<&Library>, channel: i32, until: Instant) -> Result<Answer, Answer> {
    let (code, width, height) = library.call_size("LIVESCAN_GetMaxImageSize", channel)?;
    good("LIVESCAN_GetMaxImageSize", code, 1)?;
    let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
        return Err(Answer::Refused("LIVESCAN_GetMaxImageSize".to_owned(), code));
    };
    let size = (width as usize).saturating_mul(height as usize);
    if size == 0 || size > PRINT_BYTES_MAX {
        return Err(Answer::Refused("LIVESCAN_GetMaxImageSize".to_owned(), code));
    }
    good("LIVESCAN_BeginCapture", library.call_int("LIVESCAN_BeginCapture", channel)?, 1)?;
    let image = Guarded::new(size);
    let mut code = library.call_channel("LIVESCAN_GetFPRawData", channel, &image)?;
    while code != 1 && Instant::now() < until {
        std::thread::sleep(LOOK_PAUSE);
        code = library.call_channel("LIVESCAN_GetFPRawData", channel, &image)?;
    }
    let _ = library.call_int("LIVESCAN_EndCapture", channel);
    if code != 1 {
        return Ok(Answer::NoMedia);
    }
    let quality = score(scorer.unwrap_or(library), &image, (width, height))?;
    Ok(Answer::Print { width, height, pixels: image.bytes().to_vec(), quality })
}

/// The library's own judgement, for pictures of the size it was made for.
fn score(library: &Library, image: &Guarded, (width, height): (u32, u32)) -> Result<Option<u8>, Answer> {
    let fits = (width as usize, height as usize) == (PRINT_WIDTH, PRINT_HEIGHT);
    if !fits || !library.has("FP_GetQualityScore") {
        return Ok(None);
    }
    good("FP_Begin", library.call0("FP_Begin")?, 1)?;
    let quality = Guarded::new(1);
    let code = library.call_pair("FP_GetQualityScore", image, &quality)?;
    let _ = library.call0("FP_End");
    Ok((code == 1).then(|| quality.bytes()[0].min(100)))
}

fn matched(library: &Library, image: &[u8], features: &[u8]) -> Result<Answer, Answer> {
    if image.len() != PRINT_WIDTH * PRINT_HEIGHT || features.len() != BLOCK_BYTES / 2 {
        return Err(Answer::Refused("FP_ImageMatch: size".to_owned(), 0));
    }
    good("FP_Begin", library.call0("FP_Begin")?, 1)?;
    let (code, score) = library.call_score("FP_ImageMatch", &Guarded::holding(image), &Guarded::holding(features))?;
    let _ = library.call0("FP_End");
    good("FP_ImageMatch", code, 1)?;
    if score.is_finite() { Ok(Answer::Score(score)) } else { Err(Answer::Refused("FP_ImageMatch".to_owned(), code)) }
}
