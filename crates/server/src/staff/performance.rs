//! 绩效: scores with ranks, weights, appeals; and 中介服务机构 as the staff keep them.

use super::answer;
use super::supervision::does;
use crate::guard::{Fields, Who};
use crate::html::{Shell, moment};
use crate::kit::{Board, Cell, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use time::Duration;
use tongban_centre::CentreError;
use tongban_centre::intermediaries::{Agency, AgencyService};
use tongban_centre::performance::{ScoreAppeal, ScoreLine, Scored, Weights, WeightsSet};
use tongban_centre::rights::Action;
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::{date_text, local_day, parse_date};

/// What is scored, and when.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ScoreQuery {
    #[serde(default)]
    by: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

const KINDS: [(Scored, &str); 3] = [(Scored::Department, "部门"), (Scored::Window, "窗口"), (Scored::Person, "人员")];
const PARTS: [(&str, &str); 6] = [
    ("in_time", "按期办结率"),
    ("early", "提前办结率"),
    ("satisfied", "满意率"),
    ("one_visit", "一次办成率"),
    ("uncorrected", "无补正率"),
    ("without_card", "无红黄牌率"),
];

fn tenths(score: u64) -> String {
    format!("{}.{}", score / 10, score % 10)
}

fn score_line(line: &ScoreLine, name: &str, appeal: Option<Form>) -> Line {
    let part = |(name, share, weight): &(&'static str, tongban_centre::statistics::Share, u32)| {
        let share = share.permille().map_or_else(|| "—".to_owned(), |permille| format!("{}%", tenths(permille)));
        format!("{name} {share}×{weight}")
    };
    let parts: Vec<String> = line.parts.iter().map(part).collect();
    let cells = vec![
        Cell::num(line.rank.map_or_else(|| "—".to_owned(), |rank| rank.to_string())),
        Cell::two(name, format!("{} 件", line.cases)),
        Cell::num(line.score.map_or_else(|| "无数据".to_owned(), tenths)),
        Cell::text(parts.join("；")),
    ];
    let row = Line::new(format!("score-{}", line.key), cells);
    match appeal {
        Some(form) => row.act(form),
        None => row,
    }
}

fn weights_form(set: &WeightsSet) -> Form {
    let all = serde_json::to_value(set.weights).unwrap_or_default();
    let form = Form::new("weights", "/performance/weights", "更改权重").title("权重（0—100，只看比例）").fold();
    let form = PARTS.iter().fold(form, |form, (key, label)| form.number(key, label).value(all[*key].to_string()));
    form.area("reason", "更改理由")
}

fn appeal_line(who: &Who, one: &ScoreAppeal) -> Line {
    let state = match &one.answer {
        None => ("待复核".to_owned(), "amber"),
        Some((_, true, _)) => ("成立".to_owned(), "green"),
        Some((_, false, _)) => ("不成立".to_owned(), "grey"),
    };
    let reason = one.answer.as_ref().map(|(by, _, reason)| format!("{by}：{reason}")).unwrap_or_default();
    let cells = vec![
        Cell::two(one.key.clone(), format!("{} 至 {}", one.period.0, one.period.1)),
        Cell::two(one.text.clone(), format!("{} · {}", one.by, moment(one.at_ms))),
        Cell::tag(state),
        Cell::text(reason),
    ];
    let may = one.answer.is_none() && who.member.may(Action::Supervise) && one.by != who.member.id;
    Line::new("", cells).act_if(may, || {
        Form::new("answer", "/performance/answer", "复核")
            .hidden("id", &one.id)
            .radio("upheld", "结论", &[("yes", "申诉成立", ""), ("no", "不成立", "")])
            .area("reason", "理由")
    })
}

/// 绩效.
pub(crate) async fn page(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<ScoreQuery>,
) -> Response {
    let today = local_day(state.clock.wall());
    let to = parse_date(&query.to).unwrap_or(today);
    let from = parse_date(&query.from).filter(|from| *from <= to).unwrap_or(to - Duration::days(29));
    let scored = Scored::parse(&query.by).unwrap_or(Scored::Department);
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            let room = centre.performance();
            let orgs =
                centre.catalogue().all().iter().map(|item| (item.org.code.clone(), item.org.name.clone())).collect();
            let orgs: std::collections::BTreeMap<String, String> = orgs;
            Ok((room.table(&member, scored, from, to)?, room.weights()?, room.appeals(&member)?, orgs))
        })
        .await;
    let result = found.map(|(table, weights, appeals, orgs)| {
        let period = (date_text(from), date_text(to));
        let appeal = |line: &ScoreLine| {
            Form::new("appeal", "/performance/appeal", "申诉")
                .hidden("by", scored.key())
                .hidden("key", &line.key)
                .hidden("from", &period.0)
                .hidden("to", &period.1)
                .area("text", "申诉理由")
        };
        let may = |line: &ScoreLine| {
            who.member.may(Action::Assign) || (scored == Scored::Person && line.key == who.member.id.0)
        };
        let lines = table.iter().map(|line| {
            let name = orgs.get(&line.key).map_or(line.key.as_str(), String::as_str);
            score_line(line, name, may(line).then(|| appeal(line)))
        });
        let mut board = Board::new(Shell::staff(&state, &who, "绩效", "/statistics"))
            .under("/statistics", "统计")
            .lead("每一部分都是统计指标，没有基数的不计；权重可改，改了留痕。");
        for (kind, words) in KINDS {
            let href = format!("/performance?by={}&from={}&to={}", kind.key(), period.0, period.1);
            board = board.tab(format!("by-{}", kind.key()), href, words, None, kind == scored);
        }
        let set = format!("第 {} 版权重，{}：{}", weights.version, weights.by, weights.reason);
        board
            .form(
                Form::new("period", "/performance", "查看")
                    .asks()
                    .hidden("by", scored.key())
                    .date("from", "从")
                    .value(&period.0)
                    .date("to", "到")
                    .value(&period.1),
            )
            .table(
                Table::new("scores", "得分和名次", &["名次", "对象", "得分", "构成"])
                    .note(set)
                    .lines(lines)
                    .empty("这段时间没有受理。"),
            )
            .form_if(who.member.may(Action::Supervise), || weights_form(&weights))
            .table(
                Table::new("score-appeals", "申诉", &["对象", "理由", "状态", "复核"])
                    .lines(appeals.iter().rev().take(100).map(|one| appeal_line(&who, one)))
                    .empty("没有申诉。"),
            )
            .page()
    });
    answer(&state, &who, result)
}

fn number(fields: &Fields, name: &str) -> Result<u32, CentreError> {
    fields.get(name).parse().map_err(|_| CentreError::invalid(ErrorCode::FieldInvalid, "weight"))
}

fn scored(fields: &Fields) -> Result<Scored, CentreError> {
    Scored::parse(fields.get("by")).ok_or_else(|| CentreError::invalid(ErrorCode::FieldInvalid, "what is scored"))
}

/// 元 as typed → 分.
fn fen(text: &str) -> Result<u64, CentreError> {
    let (yuan, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let good = !yuan.is_empty() && yuan.len() <= 9 && rest.len() <= 2 && digits(yuan) && digits(rest);
    let cents: u64 = format!("{rest:0<2}").parse().unwrap_or(0);
    let whole = yuan.parse::<u64>().ok().filter(|_| good);
    whole.map(|yuan| yuan * 100 + cents).ok_or_else(|| CentreError::invalid(ErrorCode::FieldInvalid, "price"))
}

does! {
    /// 更改权重.
    weights(centre, by, fields) -> "/performance" => {
        let weights = Weights {
            in_time: number(&fields, "in_time")?,
            early: number(&fields, "early")?,
            satisfied: number(&fields, "satisfied")?,
            one_visit: number(&fields, "one_visit")?,
            uncorrected: number(&fields, "uncorrected")?,
            without_card: number(&fields, "without_card")?,
        };
        centre.performance().set_weights(&by, weights, fields.get("reason")).map(|_| ())
    };
    /// 申诉.
    appeal(centre, by, fields) -> "/performance" => {
        let of = (scored(&fields)?, fields.get("key"));
        centre.performance().appeal(&by, of, (fields.get("from"), fields.get("to")), fields.get("text")).map(|_| ())
    };
    /// 复核.
    answer_appeal(centre, by, fields) -> "/performance" =>
        centre.performance().answer(&by, fields.get("id"), fields.get("upheld") == "yes", fields.get("reason")).map(|_| ());
    /// 录入中介机构.
    agency_enter(centre, by, fields) -> "/intermediaries" => {
        let days = fields.get("days").parse().map_err(|_| CentreError::invalid(ErrorCode::FieldInvalid, "days"))?;
        let service = AgencyService {
            material: fields.get("material").to_owned(),
            fen: fen(fields.get("price"))?,
            basis: fields.get("basis").to_owned(),
            days,
        };
        let known = centre.intermediaries().all(&by)?.into_iter().find(|one| one.code == fields.get("code"));
        let mut services = known.map(|one| one.services).unwrap_or_default();
        services.retain(|one| one.material != service.material);
        services.push(service);
        let agency = Agency {
            code: fields.get("code").to_owned(),
            name: fields.get("name").to_owned(),
            qualification: fields.get("qualification").to_owned(),
            phone: fields.get("phone").to_owned(),
            services,
            state: String::new(),
            entered_by: by.id.clone(),
            reason: String::new(),
        };
        centre.intermediaries().enter(&by, &agency)
    };
    /// 核验.
    agency_list(centre, by, fields) -> "/intermediaries" => centre.intermediaries().list(&by, fields.get("code"));
    /// 暂停.
    agency_suspend(centre, by, fields) -> "/intermediaries" =>
        centre.intermediaries().suspend(&by, fields.get("code"), fields.get("reason"));
}

fn agency_line(who: &Who, agency: &Agency) -> Line {
    let state = match agency.state.as_str() {
        "listed" => ("公示中", "green"),
        "suspended" => ("已暂停", "red"),
        _ => ("待核验", "amber"),
    };
    let services: Vec<String> = agency
        .services
        .iter()
        .map(|one| format!("{} {}.{:02} 元 {} 天", one.material, one.fen / 100, one.fen % 100, one.days))
        .collect();
    let cells = vec![
        Cell::two(agency.name.clone(), agency.code.clone()),
        Cell::two(services.join("；"), agency.qualification.clone()),
        Cell::tag(state),
        Cell::text(agency.reason.clone()),
    ];
    let checks = agency.state != "listed" && who.member.may(Action::CheckItems) && agency.entered_by != who.member.id;
    let stops = agency.state == "listed" && who.member.may(Action::Supervise);
    Line::new(format!("agency-{}", agency.code), cells)
        .act_if(checks, || Form::new("list", "/intermediaries/list", "核验并公示").hidden("code", &agency.code))
        .act_if(stops, || {
            Form::new("suspend", "/intermediaries/suspend", "暂停")
                .hidden("code", &agency.code)
                .area("reason", "理由")
                .danger()
        })
}

/// 中介机构.
pub(crate) async fn agencies(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| Ok((centre.intermediaries().all(&member)?, centre.intermediaries().materials())))
        .await;
    let result = found.map(|(all, materials)| {
        let form = || {
            Form::new("agency", "/intermediaries", "录入")
                .title("录入或增加一项服务")
                .line("code", "统一社会信用代码")
                .max(18)
                .line("name", "机构名称")
                .line("qualification", "资质")
                .line("phone", "电话")
                .select("material", "出具的材料", materials.iter().map(|one| (one.clone(), one.clone())))
                .line("price", "收费（元）")
                .line("basis", "计价方式")
                .number("days", "服务时限（工作日）")
        };
        Board::new(Shell::staff(&state, &who, "中介机构", "/library"))
            .under("/library", "事项库")
            .lead("录入、核验两人分开；公众在“中介服务”看到价格、时限和办事人的评价。")
            .table(
                Table::new("agencies", "", &["机构", "服务", "状态", "说明"])
                    .lines(all.iter().map(|one| agency_line(&who, one)))
                    .empty("还没有机构。"),
            )
            .form_if(who.member.may(Action::EditItems), form)
            .page()
    });
    answer(&state, &who, result)
}
