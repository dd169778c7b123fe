//! 证面: a job of the queue as the data of its printed face.

use super::Making;
use crate::failure::Failure;
use crate::service::papers::blocking;
use tongban_domain::clock::WallTime;
use tongban_domain::item::ServiceItem;
use tongban_licence::{LicenceData, Paper, SealFace};
use tongban_protocol::api::LicenceJob;

/// Face used by items this station has no file of.
const PLAIN_FACE: &str = "licence";

impl Making {
    /// Lays out the licence of a job.
    pub(super) async fn lay_out(&self, job: &LicenceJob, demo: bool) -> Result<Paper, Failure> {
        let item = self.catalogue.named(&job.item_name);
        let data = data(job, item.as_deref(), demo, self.clock.wall());
        let press = self.papers.press();
        blocking(move || press.licence(&data)).await
    }
}

/// The values of the face, by the labels the centre sent.
struct Face<'a> {
    job: &'a LicenceJob,
    item: Option<&'a ServiceItem>,
}

impl Face<'_> {
    /// Value behind a label.
    fn labelled(&self, label: &str) -> String {
        let found = self.job.face.iter().find(|(name, _)| name == label);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Value of the first of these form fields that the face shows.
    fn field(&self, ids: &[&str]) -> String {
        let fields = self.item.into_iter().flat_map(|item| item.form.fields());
        let mut labels =
            fields.filter(|field| ids.contains(&field.id.0.as_str())).map(|field| self.labelled(&field.label));
        labels.find(|value| !value.is_empty()).unwrap_or_default()
    }

    /// Every form field the face shows, by id.
    fn fields(&self) -> Vec<(String, String)> {
        let fields = self.item.into_iter().flat_map(|item| item.form.fields());
        let shown = fields.map(|field| (field.id.0.clone(), self.labelled(&field.label)));
        shown.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// 类别及等级, as one line: category, series and grade belong together.
    fn grades(&self) -> Vec<String> {
        let line = [self.field(&["category"]), self.field(&["series"]), self.field(&["grade"])].concat();
        if line.is_empty() { Vec::new() } else { vec![line] }
    }
}

fn data(job: &LicenceJob, item: Option<&ServiceItem>, demo: bool, now: WallTime) -> LicenceData {
    let face = Face { job, item };
    let firm = Some(face.field(&["firm_name", "operator_name", "applicant_name"])).filter(|name| !name.is_empty());
    let issuer = face.labelled("发证机关");
    // A stamp on paper is set by hand; only a demonstration draws one.
    let seal = if demo {
        SealFace::Drawn { organisation: issuer.clone(), purpose: String::new(), demo }
    } else {
        SealFace::Slot
    };
    LicenceData {
        template: item.map_or_else(|| PLAIN_FACE.to_owned(), |item| item.result.template.clone()),
        fields: face.fields(),
        firm: firm.unwrap_or_else(|| job.holder.clone()),
        uscc: face.field(&["credit_code", "applicant_code"]),
        address: face.field(&["address", "domicile", "place"]),
        legal_person: face.field(&["legal_person", "person_in_charge"]),
        registered_capital: face.field(&["registered_capital"]),
        economic_type: face.field(&["economic_type"]),
        number: job.number.clone(),
        valid_from: face.labelled("有效期起"),
        valid_to: face.labelled("有效期止"),
        grades: face.grades(),
        issuer,
        issued_on: face.labelled("发证日期"),
        copy: "正本".to_owned(),
        identifier: job.identifier.clone(),
        verify_url: job.verify_url.clone(),
        seal,
        demo,
        made_at: now,
    }
}
