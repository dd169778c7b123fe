//! 调用与应答: what the parent asks and the child answers. Both are the same build, so no version.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use zeroize::Zeroize;

/// How a photo library is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PhotoAbi {
    /// `int unpack(char *wlt, char *bgr, int save)`: 1 is good (libwlt, libwlt2bmp, DLL_File).
    Unpack,
    /// `int GetBmp(char *wlt_file, int interface)`: 1 is good; the picture is a file beside (WltRS).
    GetBmp,
}

/// How a reader library is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReaderAbi {
    /// `SDT_*` with a port number: 1–16 serial, 1001–1016 USB.
    Sdt {
        /// Port number.
        port: i32,
    },
    /// `CVR_*` with a path and a protocol number.
    Cvr {
        /// Path of the device.
        path: String,
        /// Protocol number of the maker.
        protocol: i32,
    },
}

/// What is asked.
#[derive(Clone, Serialize, Deserialize)]
pub enum What {
    /// Turn a WLT photo into a picture.
    Photo {
        /// Signature.
        abi: PhotoAbi,
        /// The 1024 bytes.
        wlt: Vec<u8>,
    },
    /// Wait for a card and read it.
    Read(ReaderAbi),
    /// Is the reader there?
    Probe(ReaderAbi),
    /// Take a print with a GA/T 1011 collector.
    Capture {
        /// Channel of the collector.
        channel: i32,
        /// The library of GA/T 1012 that scores it, if it is another one.
        scorer: Option<PathBuf>,
    },
    /// Compare a print with the features on a card (GA/T 1012).
    Match {
        /// 256 × 360 grey bytes.
        image: Vec<u8>,
        /// One 512-byte block of the card.
        features: Vec<u8>,
    },
}

/// One call.
#[derive(Clone, Serialize, Deserialize)]
pub struct Call {
    /// The library.
    pub library: PathBuf,
    /// What is asked of it.
    pub what: What,
    /// How long the child may wait for a card or a finger, in milliseconds.
    pub wait_ms: u64,
}

/// What came of it.
#[derive(Clone, Serialize, Deserialize)]
pub enum Answer {
    /// A picture, four bytes a pixel.
    Picture {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Pixels, rows packed, top first.
        rgba: Vec<u8>,
    },
    /// A card's raw blocks.
    Card {
        /// 256 bytes.
        text: Vec<u8>,
        /// 1024 bytes.
        photo: Vec<u8>,
        /// 1024 bytes or none.
        fingers: Vec<u8>,
        /// Identity of the SAM as text; empty when the library has no such call.
        sam_id: String,
    },
    /// A card as a library that keeps the raw blocks to itself gives it.
    Fields {
        /// In the order of the text record: name, sex, nation, birth, address, number, issuer, from, to.
        fields: Vec<String>,
        /// Identity of the SAM as text.
        sam_id: String,
    },
    /// A print.
    Print {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Grey bytes.
        pixels: Vec<u8>,
        /// The library's own score, 0–100, where it has one.
        quality: Option<u8>,
    },
    /// How alike two prints are, 0 to 1.
    Score(f32),
    /// The device is there.
    There,
    /// Nobody put a card or a finger in time.
    NoMedia,
    /// The library is not there or cannot be loaded.
    NoLibrary(String),
    /// It has no such function.
    NoFunction(String),
    /// A function said no: its name and what it returned.
    Refused(String, i32),
    /// A function wrote beyond its buffer.
    Overrun(String),
}

impl Drop for Answer {
    fn drop(&mut self) {
        match self {
            Self::Picture { rgba: bytes, .. } | Self::Print { pixels: bytes, .. } => bytes.zeroize(),
            Self::Card { text, photo, fingers, .. } => {
                text.zeroize();
                photo.zeroize();
                fingers.zeroize();
            }
            Self::Fields { fields, .. } => fields.zeroize(),
            _ => {}
        }
    }
}
