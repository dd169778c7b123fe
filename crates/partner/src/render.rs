//! An answer in one of its dresses, and spoilt as the mode says.

use crate::data::Found;
use crate::mode::Mode;
use serde_json::{Value, json};
use std::time::Duration;

/// Size of the reply in mode `oversize`.
const OVERSIZE: usize = 1024 * 1024;

/// Dress of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dress {
    /// JSON.
    Json,
    /// SOAP 1.1.
    Soap,
}

/// An answer on its way out.
pub(crate) struct Rendered {
    pub status: u16,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    /// Break the connection in the middle of the body.
    pub cut: bool,
}

impl Rendered {
    fn new(status: u16, content_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { status, content_type, bytes, cut: false }
    }
}

impl Dress {
    const fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Soap => "text/xml; charset=utf-8",
        }
    }

    const fn media_gb(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=GB18030",
            Self::Soap => "text/xml; charset=GB18030",
        }
    }

    /// `code`, `message` and `data` as text.
    fn text(self, code: &str, message: &str, data: Option<&Value>) -> String {
        match self {
            Self::Json => {
                let mut body = json!({"code": code, "message": message});
                if let (Some(data), Value::Object(fields)) = (data, &mut body) {
                    fields.insert("data".to_owned(), data.clone());
                }
                body.to_string()
            }
            Self::Soap => {
                let mut inside = format!("<code>{code}</code><message>{message}</message>");
                if let Some(data) = data {
                    inside.push_str("<data>");
                    xml(data, &mut inside);
                    inside.push_str("</data>");
                }
                soap(&format!("<q:QueryResponse xmlns:q=\"urn:gov:share:1\">{inside}</q:QueryResponse>"))
            }
        }
    }

    pub(crate) fn reply(self, status: u16, code: &str, message: &str, data: Option<&Value>) -> Rendered {
        Rendered::new(status, self.media(), self.text(code, message, data).into_bytes())
    }
}

fn soap(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\
         <soap:Body>{body}</soap:Body></soap:Envelope>"
    )
}

/// A SOAP fault of the server.
pub(crate) fn soap_fault(code: &str, message: &str) -> Rendered {
    let body =
        format!("<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{message}</faultstring></soap:Fault>");
    Rendered::new(500, Dress::Soap.media(), soap(&body).into_bytes())
}

fn xml(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                out.push_str(&format!("<{name}>"));
                xml(value, out);
                out.push_str(&format!("</{name}>"));
            }
        }
        Value::Array(items) => {
            for item in items {
                out.push_str("<item>");
                xml(item, out);
                out.push_str("</item>");
            }
        }
        Value::String(text) => out.push_str(&escaped(text)),
        Value::Null => {}
        other => out.push_str(&other.to_string()),
    }
}

/// Text as it stands between tags.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn documented(dress: Dress, found: &Found) -> Rendered {
    match found {
        Found::Data(data) => dress.reply(200, "0", "成功", Some(data)),
        Found::NoRecord => dress.reply(200, "404", "无记录", None),
        Found::NoResource => dress.reply(404, "405", "资源不存在", None),
    }
}

fn full_text(dress: Dress, found: &Found) -> String {
    let data = match found {
        Found::Data(data) => data.clone(),
        Found::NoRecord | Found::NoResource => json!({"name": "示范市宏远建设有限公司"}),
    };
    dress.text("0", "成功", Some(&data))
}

/// The answer, after the time the mode takes; `None` when there is never one.
pub(crate) async fn render(dress: Dress, mode: Mode, found: &Found) -> Option<Rendered> {
    let gb18030 = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    Some(match mode {
        Mode::Timeout => return None,
        Mode::Ok => documented(dress, found),
        Mode::Slow(wait) => {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            documented(dress, found)
        }
        Mode::Dead => Rendered { cut: true, ..documented(dress, found) },
        Mode::Refuse => dress.reply(403, "403", "提供部门不同意本次共享", None),
        Mode::Replay => dress.reply(401, "409", "请求重复", None),
        Mode::Error500 => dress.reply(500, "500", "系统异常", None),
        Mode::SoapFault => soap_fault("Server", "后台服务异常"),
        Mode::Garbage => {
            let mut text = full_text(dress, found);
            // Cut inside, on a character's edge.
            let cut = (text.len() / 2..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(1);
            text.truncate(cut);
            Rendered::new(200, dress.media(), text.into_bytes())
        }
        Mode::Oversize => {
            let text = dress.text("0", "成功", Some(&json!({"name": "x".repeat(OVERSIZE)})));
            Rendered::new(200, dress.media(), text.into_bytes())
        }
        Mode::WrongEncoding => Rendered::new(200, dress.media(), gb18030(&full_text(dress, found))),
        Mode::WrongCharset => Rendered::new(200, dress.media_gb(), full_text(dress, found).into_bytes()),
        Mode::Gb18030 => {
            let text = full_text(dress, found).replace("encoding=\"UTF-8\"", "encoding=\"GB18030\"");
            Rendered::new(200, dress.media_gb(), gb18030(&text))
        }
    })
}
