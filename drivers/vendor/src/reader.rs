//! 厂商读卡库: a reader behind `SDT_*` or `CVR_*`, for readers whose line nobody documents.

use crate::call::{Answer, Call, ReaderAbi, What};
use crate::parent::Caller;
use std::path::PathBuf;
use std::time::Duration;
use tongban_device::ErrorCode;
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health, IdCardReader};
use tongban_device::fault::{DeviceFault, Hint};
use tongban_device::message::CardRead;
use tongban_domain::event::CardFacts;
use tongban_domain::id_number::IdNumber;
use tongban_id_card::photo::PhotoDecoder;
use tongban_id_card::record;

/// What the child needs beside its wait for a card: loading, reading, answering.
const MARGIN: Duration = Duration::from_millis(1500);

/// A reader behind a maker's library.
pub struct VendorReader {
    caller: Box<dyn Caller>,
    library: PathBuf,
    abi: ReaderAbi,
    photos: Box<dyn PhotoDecoder>,
}

impl VendorReader {
    /// A reader driven by `library` in children of `caller`; nothing is loaded yet.
    #[must_use]
    pub fn new(caller: impl Caller + 'static, library: PathBuf, abi: ReaderAbi, photos: Box<dyn PhotoDecoder>) -> Self {
        Self { caller: Box::new(caller), library, abi, photos }
    }

    fn call(&self, what: What, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        let wait = control.remaining().saturating_sub(MARGIN);
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.caller.call(&Call { library: self.library.clone(), what, wait_ms }, control)
    }

    fn card(&mut self, text: &[u8], photo: &[u8], fingers: &[u8], sam_id: &str) -> Result<CardRead, DeviceFault> {
        let record =
            record::parse(text).map_err(|_| DeviceFault::Medium(ErrorCode::CardUnreadable.as_str().to_owned()))?;
        Ok(CardRead {
            facts: record.facts,
            layout: record.layout.name().to_owned(),
            number_ok: record.number_ok,
            text_raw: text.to_vec(),
            photo_wlt: photo.to_vec(),
            photo: self.photos.decode(photo),
            fingerprint: fingers.to_vec(),
            // The library speaks with the reader; no byte of the line passes us.
            line_sha256: [0; 32],
            line_bytes: 0,
            sam_id: sam_id.to_owned(),
        })
    }
}

/// A card of whose raw blocks the library keeps everything to itself.
fn card_of_fields(fields: &[String], sam_id: &str) -> Result<CardRead, DeviceFault> {
    let [name, sex, nation, birth, address, number, issuer, valid_from, valid_to] = fields else {
        return Err(DeviceFault::Protocol("another number of fields".to_owned()));
    };
    let digits = |text: &String| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let birth = digits(birth);
    let number_ok = IdNumber::parse(number).is_ok() && number.get(6..14) == Some(birth.as_str());
    let until = if valid_to.contains("长期") { "长期".to_owned() } else { digits(valid_to) };
    let facts = CardFacts {
        name: name.clone(),
        sex: sex.clone(),
        nation: nation.clone(),
        birth,
        address: address.clone(),
        number: number.clone(),
        issuer: issuer.clone(),
        valid_from: digits(valid_from),
        valid_to: until,
    };
    Ok(CardRead {
        facts,
        layout: "citizen".to_owned(),
        number_ok,
        text_raw: Vec::new(),
        photo_wlt: Vec::new(),
        photo: None,
        fingerprint: Vec::new(),
        line_sha256: [0; 32],
        line_bytes: 0,
        sam_id: sam_id.to_owned(),
    })
}

impl Device for VendorReader {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        self.call(What::Probe(self.abi.clone()), control)?;
        Ok(Health::online(Evidence::from([("library".to_owned(), file_name(&self.library))])))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.call(What::Probe(self.abi.clone()), control).map(|_| ())
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

impl IdCardReader for VendorReader {
    fn read_card(&mut self, control: &mut OpControl<'_>) -> Result<CardRead, DeviceFault> {
        control.prompt(Hint::PutCard);
        match &self.call(What::Read(self.abi.clone()), control)? {
            Answer::Card { text, photo, fingers, sam_id } => self.card(text, photo, fingers, sam_id),
            Answer::Fields { fields, sam_id } => card_of_fields(fields, sam_id),
            _ => Err(DeviceFault::Worker("another answer than asked for".to_owned())),
        }
    }

    /// These libraries have no call for it.
    fn card_present(&mut self, _control: &mut OpControl<'_>) -> Result<bool, DeviceFault> {
        Err(DeviceFault::Unsupported)
    }
}
