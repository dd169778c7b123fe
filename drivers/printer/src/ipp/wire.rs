//! One IPP request and its typed answer at a time (RFC 8010, RFC 8011). Nothing here decides anything.

use futures::FutureExt;
use ipp::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Why an exchange gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    /// Nothing listens there.
    #[error("cannot connect")]
    Connect,
    /// The connection was made and no full answer came in time.
    #[error("no answer in time")]
    Timeout,
    /// The printer wants a login we do not have.
    #[error("access refused ({0})")]
    Denied(String),
    /// The printer answered with an IPP status that is no success.
    #[error("{0:?}")]
    Status(StatusCode),
    /// The answer breaks the protocol.
    #[error("{0}")]
    Garbage(String),
    /// The connection broke on the way.
    #[error("connection broke: {0}")]
    Broken(String),
}

impl From<IppError> for WireError {
    fn from(error: IppError) -> Self {
        match error {
            IppError::AsyncClientError(e) if e.is_timeout() => Self::Timeout,
            IppError::AsyncClientError(e) if e.is_connect() => Self::Connect,
            IppError::AsyncClientError(e) => Self::Broken(e.without_url().to_string()),
            IppError::RequestError(code @ (401 | 403)) => Self::Denied(format!("HTTP {code}")),
            IppError::RequestError(code) => Self::Garbage(format!("HTTP {code}")),
            IppError::StatusError(status) => Self::Status(status),
            IppError::IoError(e) if e.kind() == std::io::ErrorKind::TimedOut => Self::Timeout,
            IppError::IoError(e) => Self::Broken(e.kind().to_string()),
            other => Self::Garbage(other.to_string()),
        }
    }
}

impl From<ipp::parser::IppParseError> for WireError {
    fn from(error: ipp::parser::IppParseError) -> Self {
        Self::Garbage(error.to_string())
    }
}

/// What the printer says about itself.
#[derive(Debug, Clone, Default)]
pub(super) struct PrinterFacts {
    /// `printer-state`: 3 idle, 4 processing, 5 stopped.
    pub state: i32,
    /// `printer-state-reasons` without `none`.
    pub reasons: Vec<String>,
    /// `printer-uuid`.
    pub uuid: String,
    /// `printer-up-time`, seconds.
    pub up_time: i32,
    /// `printer-make-and-model`.
    pub model: String,
    /// `printer-is-accepting-jobs`.
    pub accepting: bool,
    /// `media-ready`.
    pub media_ready: Vec<String>,
    /// `operations-supported`.
    pub operations: Vec<i32>,
    /// `queued-job-count`.
    pub queued: i32,
}

/// What the printer says about one job.
#[derive(Debug, Clone, Default)]
pub(super) struct JobFacts {
    /// `job-id`; starts again at 1 when some printers restart, so never an identity alone.
    pub id: i32,
    /// `job-uuid`.
    pub uuid: String,
    /// `job-name`.
    pub name: String,
    /// `job-originating-user-name`.
    pub user: String,
    /// `job-state`, 3 to 9.
    pub state: i32,
    /// `job-state-reasons` without `none`.
    pub reasons: Vec<String>,
    /// `job-impressions-completed`.
    pub impressions: Option<u32>,
    /// `job-media-sheets-completed`.
    pub sheets: Option<u32>,
    /// Set once the job was taken up (`time-at-processing`).
    pub processed: bool,
    /// `time-at-creation`, in seconds of `printer-up-time`.
    pub created: Option<i32>,
}

impl JobFacts {
    /// Canceled, aborted or completed.
    pub(super) fn ended(&self) -> bool {
        self.state >= JobState::Canceled as i32
    }

    /// Created, and its document never came.
    pub(super) fn without_data(&self) -> bool {
        let waiting = self.reasons.iter().any(|r| r == "job-data-insufficient" || r == "job-incoming");
        !self.ended() && !self.processed && waiting && self.state <= JobState::PendingHeld as i32
    }
}

const JOB_ATTRIBUTES: &[&str] = &[
    "job-id",
    "job-uuid",
    "job-name",
    "job-originating-user-name",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "time-at-processing",
    "time-at-creation",
];

const PRINTER_ATTRIBUTES: &[&str] = &[
    "printer-state",
    "printer-state-reasons",
    "printer-uuid",
    "printer-up-time",
    "printer-make-and-model",
    "printer-is-accepting-jobs",
    "media-ready",
    "operations-supported",
    "queued-job-count",
];

/// The printer's address and our name there.
pub(super) struct Wire {
    uri: Uri,
    user: String,
}

impl Wire {
    /// `user` becomes `requesting-user-name`.
    pub(super) fn new(uri: Uri, user: String) -> Self {
        Self { uri, user }
    }

    fn request(&self, operation: Operation) -> Result<IppRequestResponse, WireError> {
        let mut request = IppRequestResponse::new(IppVersion::v1_1(), operation, Some(self.uri.clone()))?;
        let user = IppValue::new_name_without_language(self.user.as_str())?;
        operation_attribute(&mut request, "requesting-user-name", user)?;
        Ok(request)
    }

    async fn send(&self, request: IppRequestResponse, limit: Duration) -> Result<IppRequestResponse, WireError> {
        let client = AsyncIppClient::builder(self.uri.clone()).request_timeout(limit).build();
        // The library's own limit starts with the connection; this one covers the name look-up too.
        // The library's parser panics on some broken answers: a bad answer, not the end of this process.
        let sent = AssertUnwindSafe(client.send(request)).catch_unwind();
        let answer = tokio::time::timeout(limit, sent).await.map_err(|_| WireError::Timeout)?;
        let answer = answer.map_err(|_| unreadable())??;
        let status = answer.header().status_code();
        if status.is_success() { Ok(answer) } else { Err(WireError::Status(status)) }
    }

    /// Get-Printer-Attributes.
    pub(super) async fn printer(&self, limit: Duration) -> Result<PrinterFacts, WireError> {
        let mut request = self.request(Operation::GetPrinterAttributes)?;
        operation_attribute(&mut request, "requested-attributes", keywords(PRINTER_ATTRIBUTES)?)?;
        let answer = self.send(request, limit).await?;
        let group = answer
            .attributes()
            .first_of(DelimiterTag::PrinterAttributes)
            .ok_or_else(|| WireError::Garbage("no printer attributes".into()))?;
        printer_facts(group)
    }

    /// Create-Job; the new job's id. Nothing is printed before a document follows.
    pub(super) async fn create(&self, name: &str, media: &str, copies: u8, limit: Duration) -> Result<i32, WireError> {
        let mut request = self.request(Operation::CreateJob)?;
        operation_attribute(&mut request, "job-name", IppValue::new_name_without_language(name)?)?;
        let job = DelimiterTag::JobAttributes;
        if !media.is_empty() {
            request.attributes_mut().add(job, IppAttribute::with_name("media", IppValue::new_keyword(media)?)?);
        }
        if copies > 1 {
            request.attributes_mut().add(job, IppAttribute::with_name("copies", IppValue::Integer(i32::from(copies)))?);
        }
        let answer = self.send(request, limit).await?;
        let group = answer.attributes().first_of(job);
        group.and_then(|g| integer(g, "job-id")).ok_or_else(|| WireError::Garbage("no job-id".into()))
    }

    /// Send-Document with `last-document`.
    pub(super) async fn document(
        &self,
        id: i32,
        bytes: Vec<u8>,
        format: &str,
        limit: Duration,
    ) -> Result<(), WireError> {
        let mut request = self.request(Operation::SendDocument)?;
        operation_attribute(&mut request, "job-id", IppValue::Integer(id))?;
        operation_attribute(&mut request, "document-format", IppValue::new_mime_media_type(format)?)?;
        operation_attribute(&mut request, "last-document", IppValue::Boolean(true))?;
        *request.payload_mut() = IppPayload::new_async(futures::io::Cursor::new(bytes));
        self.send(request, limit).await.map(drop)
    }

    /// Get-Job-Attributes; `None` when the printer knows no such id.
    pub(super) async fn job(&self, id: i32, limit: Duration) -> Result<Option<JobFacts>, WireError> {
        let mut request = self.request(Operation::GetJobAttributes)?;
        operation_attribute(&mut request, "job-id", IppValue::Integer(id))?;
        operation_attribute(&mut request, "requested-attributes", keywords(JOB_ATTRIBUTES)?)?;
        match self.send(request, limit).await {
            Ok(answer) => answer
                .attributes()
                .first_of(DelimiterTag::JobAttributes)
                .map(|group| job_facts(group).map(Some))
                .ok_or_else(|| WireError::Garbage("no job attributes".into()))?,
            Err(WireError::Status(StatusCode::ClientErrorNotFound | StatusCode::ClientErrorGone)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Every job the printer still remembers, ended or not.
    pub(super) async fn jobs(&self, limit: Duration) -> Result<Vec<JobFacts>, WireError> {
        let mut found = self.jobs_of("not-completed", limit).await?;
        match self.jobs_of("completed", limit).await {
            Ok(ended) => found.extend(ended),
            // A printer that keeps no list of ended jobs remembers none.
            Err(WireError::Status(StatusCode::ClientErrorAttributesOrValuesNotSupported)) => {}
            Err(other) => return Err(other),
        }
        Ok(found)
    }

    /// Jobs not yet ended.
    pub(super) async fn open_jobs(&self, limit: Duration) -> Result<Vec<JobFacts>, WireError> {
        self.jobs_of("not-completed", limit).await
    }

    async fn jobs_of(&self, which: &str, limit: Duration) -> Result<Vec<JobFacts>, WireError> {
        let mut request = self.request(Operation::GetJobs)?;
        operation_attribute(&mut request, "which-jobs", IppValue::new_keyword(which)?)?;
        operation_attribute(&mut request, "requested-attributes", keywords(JOB_ATTRIBUTES)?)?;
        let answer = self.send(request, limit).await?;
        answer.attributes().groups_of(DelimiterTag::JobAttributes).map(job_facts).collect()
    }

    /// Cancel-Job.
    pub(super) async fn cancel(&self, id: i32, limit: Duration) -> Result<(), WireError> {
        let mut request = self.request(Operation::CancelJob)?;
        operation_attribute(&mut request, "job-id", IppValue::Integer(id))?;
        self.send(request, limit).await.map(drop)
    }

    /// The name under which our jobs stand.
    pub(super) fn user(&self) -> &str {
        &self.user
    }
}

fn operation_attribute(request: &mut IppRequestResponse, name: &str, value: IppValue) -> Result<(), WireError> {
    request.attributes_mut().add(DelimiterTag::OperationAttributes, IppAttribute::with_name(name, value)?);
    Ok(())
}

fn keywords(names: &[&str]) -> Result<IppValue, WireError> {
    let values: Result<Vec<_>, _> = names.iter().map(|name| IppValue::new_keyword(*name)).collect();
    Ok(IppValue::Array(values?))
}

fn integer(group: &IppAttributeGroup, name: &str) -> Option<i32> {
    match group.get(name)?.value() {
        IppValue::Integer(value) | IppValue::Enum(value) => Some(*value),
        _ => None,
    }
}

fn integers(group: &IppAttributeGroup, name: &str) -> Vec<i32> {
    let Some(attribute) = group.get(name) else { return Vec::new() };
    attribute
        .value()
        .into_iter()
        .filter_map(|v| match v {
            IppValue::Integer(value) | IppValue::Enum(value) => Some(*value),
            _ => None,
        })
        .collect()
}

fn text(group: &IppAttributeGroup, name: &str) -> String {
    group.get(name).map(|a| bounded(&a.value().to_string())).unwrap_or_default()
}

fn texts(group: &IppAttributeGroup, name: &str) -> Vec<String> {
    group
        .get(name)
        .map(|a| a.value().into_iter().take(32).map(|v| bounded(&v.to_string())).collect())
        .unwrap_or_default()
}

fn reasons(group: &IppAttributeGroup, name: &str) -> Vec<String> {
    texts(group, name).into_iter().filter(|r| r != "none").collect()
}

/// Foreign text goes into evidence and progress: at most 255 characters.
fn bounded(text: &str) -> String {
    text.chars().take(255).collect()
}

fn count(group: &IppAttributeGroup, name: &str) -> Option<u32> {
    integer(group, name).and_then(|n| u32::try_from(n).ok())
}

fn unreadable() -> WireError {
    WireError::Garbage("an answer that cannot be read".to_owned())
}

fn printer_facts(group: &IppAttributeGroup) -> Result<PrinterFacts, WireError> {
    Ok(PrinterFacts {
        state: integer(group, "printer-state").ok_or_else(|| WireError::Garbage("no printer-state".into()))?,
        reasons: reasons(group, "printer-state-reasons"),
        uuid: text(group, "printer-uuid"),
        up_time: integer(group, "printer-up-time").unwrap_or(0),
        model: text(group, "printer-make-and-model"),
        accepting: group.get("printer-is-accepting-jobs").and_then(|a| a.value().as_boolean().copied()).unwrap_or(true),
        media_ready: texts(group, "media-ready"),
        operations: integers(group, "operations-supported"),
        queued: integer(group, "queued-job-count").unwrap_or(0),
    })
}

/// What an answer says: the state of a printer or of a job, and how many attributes were used.
///
/// # Errors
/// `Garbage` for bytes that are no answer, or one without a state.
pub(super) fn read_answer(bytes: &[u8]) -> Result<(i32, usize), WireError> {
    let reader = ipp::reader::IppReader::new(std::io::Cursor::new(bytes.to_vec()));
    let parse = AssertUnwindSafe(|| ipp::parser::IppParser::new(reader).parse());
    let parsed = catch_unwind(parse).map_err(|_| unreadable())??;
    let groups = parsed.attributes();
    if let Some(group) = groups.first_of(DelimiterTag::PrinterAttributes) {
        let facts = printer_facts(group)?;
        return Ok((facts.state, facts.reasons.len() + facts.media_ready.len() + facts.operations.len()));
    }
    let group = groups.first_of(DelimiterTag::JobAttributes).ok_or_else(|| WireError::Garbage("no state".into()))?;
    let facts = job_facts(group)?;
    Ok((facts.state, facts.reasons.len()))
}

fn job_facts(group: &IppAttributeGroup) -> Result<JobFacts, WireError> {
    let missing = |name: &str| WireError::Garbage(format!("no {name}"));
    Ok(JobFacts {
        id: integer(group, "job-id").ok_or_else(|| missing("job-id"))?,
        uuid: text(group, "job-uuid"),
        name: text(group, "job-name"),
        user: text(group, "job-originating-user-name"),
        state: integer(group, "job-state").ok_or_else(|| missing("job-state"))?,
        reasons: reasons(group, "job-state-reasons"),
        impressions: count(group, "job-impressions-completed"),
        sheets: count(group, "job-media-sheets-completed"),
        processed: integer(group, "time-at-processing").is_some_and(|t| t > 0),
        created: integer(group, "time-at-creation"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipp::parser::IppParser;
    use ipp::reader::IppReader;
    use std::io::Cursor;

    fn answer() -> Vec<u8> {
        let mut answer =
            IppRequestResponse::new_response(IppVersion::v1_1(), StatusCode::SuccessfulOk, 1).expect("answer");
        let attributes = [
            ("job-id", IppValue::Integer(7)),
            ("job-uuid", IppValue::new_uri("urn:uuid:1").expect("uri")),
            ("job-name", IppValue::new_name_without_language("print-1").expect("name")),
            ("job-state", IppValue::Enum(5)),
            ("job-state-reasons", keywords(&["job-printing", "none"]).expect("keywords")),
            ("job-impressions-completed", IppValue::Integer(0)),
            ("time-at-processing", IppValue::Integer(12)),
        ];
        for (name, value) in attributes {
            answer
                .attributes_mut()
                .add(DelimiterTag::JobAttributes, IppAttribute::with_name(name, value).expect("attribute"));
        }
        answer.to_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<JobFacts> {
        let parsed = IppParser::new(IppReader::new(Cursor::new(bytes.to_vec()))).parse().ok()?;
        job_facts(parsed.attributes().first_of(DelimiterTag::JobAttributes)?).ok()
    }

    #[test]
    fn a_jobs_attributes_are_read_as_they_stand() {
        let facts = read(&answer()).expect("reads");
        assert_eq!((facts.id, facts.state, facts.impressions, facts.processed), (7, 5, Some(0), true));
        assert_eq!(facts.reasons, ["job-printing"], "`none` is no reason");
        assert!(!facts.ended() && !facts.without_data());
    }

    #[test]
    fn no_change_of_a_byte_and_no_cut_brings_it_down() {
        let whole = answer();
        let mut refused = 0;
        for at in 0..whole.len() {
            for change in [0x01, 0x80, 0xFF] {
                let mut bent = whole.clone();
                bent[at] ^= change;
                refused += usize::from(read(&bent).is_none());
            }
            let _cut = read(&whole[..at]);
        }
        assert!(refused > 0, "negative control: some changes are noticed");
    }
}
