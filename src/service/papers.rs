//! Papers made at the station: the receipt and the licence sheet. Proofs come sealed from the centre.

use crate::config::{Config, Face};
use crate::failure::Failure;
use std::sync::Arc;
use tongban_domain::case::Case;
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StationId;
use tongban_domain::ink::Handwriting;
use tongban_domain::item::{MaterialState, SatisfiedBy, ServiceItem, material_state};
use tongban_licence::{ApplicantLine, MaterialLine, Obtained, Paper, PaperError, Press, ReceiptData};
use tongban_protocol::help::station_number;

/// What a receipt says beside its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remarks {
    /// 补打.
    pub reprint: bool,
    /// 时间以中心入库为准: the station's clock is off, or has been alone for a day.
    pub untrusted: bool,
    /// The strokes of the sign-off, where the applicant wrote.
    pub signature: Option<Handwriting>,
}

/// The station's press; cheap to clone.
#[derive(Clone)]
pub struct Papers {
    press: Arc<Press>,
}

impl Papers {
    /// Wraps a press.
    #[must_use]
    pub fn new(press: Press) -> Self {
        Self { press: Arc::new(press) }
    }

    /// 收件回执 of a submitted case, with what is remarked on it.
    ///
    /// # Errors
    /// [`Failure`] `P107` when a character has no glyph.
    pub async fn receipt(
        &self,
        case: Case,
        item: Arc<ServiceItem>,
        config: Arc<Config>,
        password: String,
        now: WallTime,
        remarks: Remarks,
    ) -> Result<Paper, Failure> {
        let press = Arc::clone(&self.press);
        let data = move || {
            let mut data = receipt_data(&case, &item, &config, password, now);
            data.time_untrusted = remarks.untrusted;
            data.signature = remarks.signature;
            if remarks.reprint {
                // The number is that of the first print; whoever holds both sees which came later.
                data.place.push_str("（补打）");
            }
            data
        };
        blocking(move || press.receipt(&data())).await
    }

    /// The press itself, for the certificate window.
    #[must_use]
    pub fn press(&self) -> Arc<Press> {
        Arc::clone(&self.press)
    }
}

/// Lays out a paper off the interface's thread.
///
/// # Errors
/// [`Failure`] with the paper's code.
pub async fn blocking(work: impl FnOnce() -> Result<Paper, PaperError> + Send + 'static) -> Result<Paper, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(paper)) => Ok(paper),
        Ok(Err(error)) => {
            tracing::error!(code = error.code().as_str(), "paper not made");
            Err(Failure::new(error.code(), ""))
        }
        Err(_) => Err(Failure::new(ErrorCode::PrinterStopped, "layout")),
    }
}

fn receipt_data(case: &Case, item: &ServiceItem, config: &Config, password: String, now: WallTime) -> ReceiptData {
    let (name, number) = case.card().map(|card| (card.name.clone(), card.number.clone())).unwrap_or_default();
    let receipt = case.receipt().unwrap_or_default().to_owned();
    let firm = case.firm().map(|code| (firm_name(case).unwrap_or_default(), code.to_owned()));
    let place = match config.identity.face {
        Face::Kiosk => format!("{} 号自助终端", station_number(&StationId(config.identity.station.clone()))),
        Face::Window | Face::Technician => format!("综合窗口 {}", config.identity.window_no),
        Face::Certificate => format!("制证窗口 {}", config.identity.window_no),
    };
    ReceiptData {
        hall: config.identity.hall_name.clone(),
        place,
        qr: format!("tongban:case:{receipt}"),
        number: receipt,
        item: item.name.clone(),
        applicant: ApplicantLine { name, number, firm },
        materials: material_state(item, case).iter().filter_map(|state| line(item, state)).collect(),
        password,
        signature: None,
        promised_days: (item.promised_days > 0).then(|| u32::from(item.promised_days)),
        hotline: config.service.hotline.clone(),
        received_at: now,
        offline: case.submitted_offline(),
        time_untrusted: false,
        demo: config.service.demo,
    }
}

/// 企业名称 as the shared record or the form says.
fn firm_name(case: &Case) -> Option<String> {
    let from_form = case.form().iter().find_map(|(id, value)| match value {
        tongban_domain::event::Value::Text(text) if id.0 == "firm_name" || id.0 == "name" => Some(text.clone()),
        _ => None,
    });
    from_form.or_else(|| {
        case.standing_records().into_iter().find_map(|record| {
            let named = |(key, _): &&(tongban_domain::ids::FieldId, String)| key.0 == "name";
            record
                .resource
                .0
                .starts_with("elicence.")
                .then(|| record.fields.iter().find(named))?
                .map(|(_, text)| text.clone())
        })
    })
}

fn line(item: &ServiceItem, state: &MaterialState) -> Option<MaterialLine> {
    let requirement = item.requirement(&state.requirement)?;
    let obtained = match state.satisfied_by {
        SatisfiedBy::Form => Obtained::Generated,
        SatisfiedBy::Card => Obtained::Shared("身份证".to_owned()),
        SatisfiedBy::Share => {
            let call = requirement.shared_resource().and_then(|resource| item.share(resource));
            Obtained::Shared(call.map(|call| call.source_org.clone()).unwrap_or_default())
        }
        SatisfiedBy::Pages(pages) => Obtained::Captured(u32::try_from(pages).unwrap_or(u32::MAX)),
        SatisfiedBy::Missing if !state.needed => Obtained::NotNeeded,
        SatisfiedBy::Missing => return None,
    };
    Some(MaterialLine { name: requirement.name.clone(), obtained })
}
