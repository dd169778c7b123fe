//! 报文表: every message type with its fields. The national tables' names (`up_pro_*`) where they exist.

use Kind::{Code, Count, Day, Flag, Guid, Moment, Text, Yuan};

/// Form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of one to so many characters.
    Text(usize),
    /// One of these.
    Code(&'static [&'static str]),
    /// `YYYY-MM-DD`.
    Day,
    /// `YYYY-MM-DDThh:mm:ss+08:00`.
    Moment,
    /// Whole number of at most nine digits.
    Count,
    /// Yuan with two decimals.
    Yuan,
    /// `0` or `1`.
    Flag,
    /// 32 hex digits, lower case.
    Guid,
    /// 64 hex digits, lower case.
    Digest,
}

/// One field of a type.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Element name.
    pub name: &'static str,
    /// Form; of no meaning for rows.
    pub kind: Kind,
    /// Must be there.
    pub required: bool,
    /// Fields of each `row`, for a field that holds rows.
    pub rows: &'static [Field],
}

const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true, rows: &[] }
}

const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false, rows: &[] }
}

const fn rows(name: &'static str, required: bool, rows: &'static [Field]) -> Field {
    Field { name, kind: Text(1), required, rows }
}

const GUID: Field = must("row_guid", Guid);
const CASE: Field = must("project_no", Text(50));
const TIME: Field = must("cd_time", Moment);
const BATCH: Field = must("cd_batch", Text(32));
const UNIT: Kind = Code(&["G", "Z"]);
const NAME: Kind = Text(200);

/// Makes the type, its names and its fields from one list.
macro_rules! messages {
    ($($(#[$doc:meta])* $kind:ident, $element:literal, $fields:expr;)+) => {
        /// 报文类型.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MessageKind { $($(#[$doc])* $kind),+ }

        impl MessageKind {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Value of the envelope's `type`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),+ }
            }

            /// Element in the body.
            #[must_use]
            pub const fn element(self) -> &'static str {
                match self { $(Self::$kind => $element),+ }
            }

            /// Fields in order.
            #[must_use]
            pub const fn fields(self) -> &'static [Field] {
                $(if matches!(self, Self::$kind) {
                    const FIELDS: &[Field] = $fields;
                    return FIELDS;
                })+
                &[]
            }

            /// The type with this name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }
    };
}

messages! {
    /// 事项发布 (`up_task_general_basic`).
    ItemPublish, "UpTaskGeneralBasic", &[
        GUID, must("task_name", Text(1000)), must("catalog_code", Text(12)), must("task_code", Text(36)),
        may("task_handle_item", Text(50)), must("task_type", Text(2)), must("by_law", Text(4000)),
        must("use_level", Text(11)), must("task_state", Code(&["1", "2", "3"])), must("task_version", Count),
        must("dept_name", NAME), must("dept_code", Text(18)), must("anticipate_day", Count), must("anticipate_type", UNIT),
        must("promise_day", Count), must("promise_type", UNIT), must("is_fee", Flag),
        must("project_type", Code(&["1", "2", "9"])), must("limit_scene_num", Count), must("is_service_terminals", Flag),
        TIME, BATCH,
    ];
    /// 申请 (预受理).
    ProjectApply, "UpProApply", &[
        GUID, CASE, must("receipt_no", Text(32)), must("task_code", Text(36)), must("task_name", Text(1000)),
        must("task_version", Count), must("applyer_name", NAME), must("applyer_type", Code(&["1", "2", "3", "4", "5", "6"])),
        must("applyer_page_type", Text(3)), must("applyer_page_code", Text(32)), may("contact_name", NAME),
        must("apply_type", Code(&["1", "2", "3", "4", "5", "9"])), must("apply_date", Moment), TIME, BATCH,
    ];
    /// 受理 (`up_pro_accept`).
    ProjectAccept, "UpProAccept", &[
        GUID, CASE, must("catalog_code", Text(12)), must("task_code", Text(36)), may("task_handle_item", Text(50)),
        must("task_name", Text(1000)), must("task_version", Count), must("org_name", NAME), must("org_code", Text(18)),
        must("project_type", Code(&["1", "2", "9"])), must("applyer_name", NAME),
        must("applyer_type", Code(&["1", "2", "3", "4", "5", "6"])), must("applyer_page_type", Text(3)),
        must("applyer_page_code", Text(32)), must("apply_type", Code(&["1", "2", "3", "4", "5", "9"])),
        must("apply_date", Moment), must("accept_date", Moment), may("accept_doc_no", Text(100)), may("promise_date", Day),
        may("handle_user_name", NAME), TIME, BATCH,
    ];
    /// 补正告知.
    CorrectionNotice, "UpProCorrection", &[
        GUID, CASE, must("notice_time", Moment), must("document_no", Text(100)), must("due_date", Day),
        rows("materials", true, &[must("material_name", Text(500)), must("reason", Text(2000))]),
        must("handle_user_name", NAME), TIME, BATCH,
    ];
    /// 补正受理.
    CorrectionDone, "UpProCorrectionDone", &[
        GUID, CASE, must("done_time", Moment), must("material_count", Count), TIME, BATCH,
    ];
    /// 环节办理 (`up_pro_process`).
    ProcessStep, "UpProProcess", &[
        GUID, CASE, must("event_name", Code(&["1", "2", "3"])), must("process_name", NAME), must("handle_user_name", NAME),
        must("handle_explain", Text(2000)), must("event_start_time", Moment), must("event_end_time", Moment), TIME, BATCH,
    ];
    /// 特别程序申请 (`up_pro_special_procedure`).
    SpecialStart, "UpProSpecialProcedure", &[
        GUID, CASE, must("special_type", Code(&["1", "2"])), must("special_name", NAME), must("special_time", Moment),
        must("special_reason", Text(2000)), must("expected_days", Count), may("document_no", Text(100)),
        must("applyer_user_name", NAME), TIME, BATCH,
    ];
    /// 特别程序结果.
    SpecialEnd, "UpProSpecialResult", &[
        GUID, CASE, must("end_time", Moment), must("result", Text(2000)), must("handle_user_name", NAME), TIME, BATCH,
    ];
    /// 办结 (`up_pro_result`).
    Result, "UpProResult", &[
        GUID, CASE, must("result_date", Moment), must("result_type", Code(&["0", "1", "2", "3", "4", "5", "6"])),
        may("result_cetr_name", NAME), may("result_cetr_no", Text(128)), may("result_explain", Text(2000)), TIME, BATCH,
    ];
    /// 材料清单 (`up_pro_material`).
    MaterialList, "UpProMaterial", &[
        GUID, CASE,
        rows("materials", true, &[must("material_name", Text(500)), must("get_type", Code(&["1", "2", "3"])), must("get_num", Count)]),
        TIME, BATCH,
    ];
    /// 电子证照 (`up_lic_data`).
    LicenceIssue, "UpLicData", &[
        GUID, CASE, must("holder", NAME), must("holder_code", Text(32)), must("licence_name", NAME),
        must("licence_number", Text(128)), must("source_id", Text(128)), must("issue_date", Moment), must("valid_from", Text(20)),
        must("valid_to", Text(20)), must("issue_dept", NAME), must("issue_dept_code", Text(18)), must("area_code", Text(12)), TIME, BATCH,
    ];
    /// 证照撤销.
    LicenceRevoke, "UpLicRevoke", &[
        GUID, CASE, must("licence_number", Text(128)), must("revoke_date", Moment), must("reason", Text(2000)),
        must("document_no", Text(100)), TIME, BATCH,
    ];
    /// 缴费.
    Payment, "UpProPayment", &[
        GUID, CASE, must("order_no", Text(64)), must("amount", Yuan), must("state", Text(32)), may("bill_no", Text(64)),
        must("order_time", Moment), may("paid_time", Moment), TIME, BATCH,
    ];
    /// 寄递.
    Logistics, "UpProLogistics", &[
        GUID, CASE, must("parcel_no", Text(64)), must("tracking_no", Text(64)), must("state", Text(32)),
        must("state_time", Moment), TIME, BATCH,
    ];
    /// 好差评.
    Evaluation, "UpProEvaluation", &[
        GUID, CASE, must("channel", Text(32)), must("satisfaction", Code(&["1", "2", "3", "4", "5"])),
        may("tags", Text(500)), may("content", Text(2000)), must("evaluate_time", Moment), TIME, BATCH,
    ];
    /// 办事互动: 投诉、咨询、建议.
    Complaint, "UpProComplaint", &[
        GUID, may("project_no", Text(50)), must("ticket_no", Text(64)), must("ticket_kind", Text(32)), must("state", Text(32)),
        must("ticket_time", Moment), TIME, BATCH,
    ];
    /// 电子监察 (GB/T 39046 table 11).
    Supervision, "UpProSupervision", &[
        GUID, CASE, must("supervise_no", Text(64)), must("rule_no", Text(64)), must("warn_type", Text(32)),
        must("supervised_org", NAME), must("state_time", Moment), must("result_explain", Text(2000)), TIME, BATCH,
    ];
    /// 资源查询.
    ResourceQuery, "ResourceQuery", &[
        GUID, CASE, must("resource", Text(128)), must("subject_kind", Code(&["person", "firm"])), must("subject", Text(32)),
        must("purpose", Text(500)), must("basis", Text(500)),
        rows("wanted", true, &[must("field", Text(64))]), TIME, BATCH,
    ];
    /// 资源应答.
    ResourceReply, "ResourceReply", &[
        GUID, CASE, must("query_guid", Guid), must("resource", Text(128)),
        must("outcome", Code(&["found", "no_record", "timed_out", "refused", "garbage", "unreachable"])),
        rows("values", false, &[must("field", Text(64)), must("value", Text(60000))]), TIME, BATCH,
    ];
    /// 回执.
    Receipt, "Receipt", &[
        GUID, must("of", Guid), must("of_digest", Kind::Digest), must("code", Text(16)), may("detail", Text(500)),
        must("state", Code(&["applied", "early", "superseded", "repeated", "refused"])), TIME, BATCH,
    ];
}
