//! 一次就成: every material judged before the applicant leaves.
//!
//! Green promises that the material will not come back; it never promises approval. What nobody
//! could judge is amber and goes to a person. Each verdict shows the number found beside the
//! number asked. What is on a page comes as [`crate::event::PageVerdict`], from whoever looked.

use crate::case::{Case, Page};
use crate::event::{Light, MaterialVerdict, PageVerdict, Value};
use crate::item::{
    Decimal, How, MaterialDetail, PreCheckResult, Requirement, SatisfiedBy, ServiceItem, material_state, precheck,
};
use crate::limits::{date_text, parse_date};
use time::{Date, Duration};

/// The verdict on every material the case needs, in the item's order.
#[must_use]
pub fn judge(item: &ServiceItem, case: &Case, today: Date) -> Vec<MaterialVerdict> {
    let rules = precheck(item, case);
    let states = material_state(item, case);
    let needed = item.materials.iter().zip(&states).filter(|(_, state)| state.needed);
    needed
        .map(|(requirement, state)| {
            let own = match state.satisfied_by {
                SatisfiedBy::Missing => Found::red("missing", format!("缺少{}", requirement.name)),
                SatisfiedBy::Form => Found::green("已填写，格式和必填项齐全"),
                SatisfiedBy::Card if case.card_expired() => Found::red("card_expired", "身份证已过有效期"),
                SatisfiedBy::Card => Found::green("已刷身份证"),
                SatisfiedBy::Share => Found::green("部门数据已获取，申请人已确认"),
                SatisfiedBy::Pages(count) => judge_pages(requirement, case, count, today),
            };
            let found = rules_of(item, requirement, &rules).fold(own, Found::worse);
            let Found { light, code, reason } = found;
            MaterialVerdict { requirement: requirement.id.clone(), light, code: code.to_owned(), reason }
        })
        .collect()
}

/// Whether a 齐全单 may be issued: nothing red. Amber lines are looked at by a person first.
#[must_use]
pub fn is_ready(verdicts: &[MaterialVerdict]) -> bool {
    !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.light == Light::Green)
}

struct Found {
    light: Light,
    code: &'static str,
    reason: String,
}

impl Found {
    fn green(reason: impl Into<String>) -> Self {
        Self { light: Light::Green, code: "ok", reason: reason.into() }
    }

    fn amber(code: &'static str, reason: impl Into<String>) -> Self {
        Self { light: Light::Amber, code, reason: reason.into() }
    }

    fn red(code: &'static str, reason: impl Into<String>) -> Self {
        Self { light: Light::Red, code, reason: reason.into() }
    }

    /// The worse of two; equals keep what both say.
    fn worse(self, other: Self) -> Self {
        match self.light.cmp(&other.light) {
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => Self { reason: format!("{}；{}", self.reason, other.reason), ..self },
        }
    }
}

/// The rule pack's lines on this material; a rule without a material colours the form.
fn rules_of<'a>(
    item: &'a ServiceItem,
    requirement: &'a Requirement,
    results: &'a [PreCheckResult],
) -> impl Iterator<Item = Found> + 'a {
    results.iter().filter_map(move |result| {
        let rule = item.checks.iter().find(|rule| rule.id == result.id)?;
        let mine = match &rule.material {
            Some(id) => id == &requirement.id,
            None => requirement.how == How::Form,
        };
        let asked = format!("要求 ≥ {} {}", rule.at_least, rule.unit);
        mine.then(|| match (result.passed, result.found) {
            (Some(true), Some(found)) => Found::green(format!("{} {found} {}，{asked}", rule.title, rule.unit)),
            (Some(false), Some(found)) => {
                Found::red("below_limit", format!("{} {found} {}，{asked}（{}）", rule.title, rule.unit, rule.basis))
            }
            _ => Found::amber("not_measured", format!("{} 无法计算，{asked}", rule.title)),
        })
    })
}

fn judge_pages(requirement: &Requirement, case: &Case, count: usize, today: Date) -> Found {
    let detail = requirement.detail.clone().unwrap_or_default();
    let pages = case.pages(&requirement.id);
    let verdicts: Vec<Option<&PageVerdict>> =
        pages.iter().map(|page: &&Page| case.handling().page_verdicts.get(&page.id)).collect();
    let each = verdicts.iter().enumerate().map(|(n, verdict)| match verdict {
        None => Found::amber("not_judged", format!("第 {} 页还没有看过", n + 1)),
        Some(verdict) => judge_page(n + 1, verdict),
    });
    let known: Vec<&PageVerdict> = verdicts.iter().copied().flatten().collect();
    let whole = judge_whole(&detail, case, &known, today);
    let start = Found::green(format!("{count} 页，清晰可辨"));
    each.chain(whole).fold(start, |worst, next| if next.light > worst.light { next } else { worst.keep(next) })
}

impl Found {
    /// Adds a green line's words (figures found), otherwise keeps the worse of two.
    fn keep(self, next: Self) -> Self {
        if next.reason.is_empty() || next.light < self.light { self } else { self.worse(next) }
    }
}

fn judge_page(number: usize, verdict: &PageVerdict) -> Found {
    match (verdict.legible, verdict.right_document) {
        (Some(false), _) => Found::red("page_unclear", format!("第 {number} 页看不清，请重拍")),
        (_, Some(false)) => Found::red("wrong_document", format!("第 {number} 页不是所要的材料")),
        (Some(true), Some(true)) => Found { light: Light::Green, code: "ok", reason: String::new() },
        _ => Found::amber("not_sure", format!("第 {number} 页需要人工确认")),
    }
}

/// What has to stand somewhere on the pages together.
fn judge_whole(detail: &MaterialDetail, case: &Case, pages: &[&PageVerdict], today: Date) -> Vec<Found> {
    let mut found = Vec::new();
    let mut mark = |asked: bool, answers: &dyn Fn(&PageVerdict) -> Option<bool>, code, missing: &str, unsure: &str| {
        if !asked {
            return;
        }
        let answers: Vec<Option<bool>> = pages.iter().map(|page| answers(page)).collect();
        if answers.contains(&Some(true)) {
            return;
        }
        let all_no = !answers.is_empty() && answers.iter().all(|answer| *answer == Some(false));
        found.push(if all_no { Found::red(code, missing) } else { Found::amber(code, unsure) });
    };
    mark(detail.stamped, &|page| page.stamped, "no_stamp", "没有公章", "公章需要人工确认");
    mark(detail.signed, &|page| page.signed, "no_signature", "没有签名", "签名需要人工确认");
    mark(detail.code_checked, &|page| page.code_verified, "code_unverified", "核验码没有通过", "核验码还没有核对");
    found.extend(judge_dates(detail, pages, today));
    found.extend(detail.figures.iter().map(|figure| {
        let on_page = pages.iter().flat_map(|page| &page.figures).find(|(name, _)| name == &figure.figure);
        let in_form = match case.form().get(&figure.field) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        compare(&figure.label, on_page.map(|(_, text)| text.as_str()), in_form)
    }));
    found
}

fn judge_dates(detail: &MaterialDetail, pages: &[&PageVerdict], today: Date) -> Vec<Found> {
    let mut found = Vec::new();
    if detail.must_be_valid {
        let until = pages.iter().filter_map(|page| page.valid_to.as_deref()).filter_map(parse_date).min();
        found.push(match until {
            None => Found::amber("validity_unknown", "有效期需要人工确认"),
            Some(until) if until < today => Found::red("expired", format!("有效期至 {}，已过期", date_text(until))),
            Some(until) => Found::green(format!("有效期至 {}", date_text(until))),
        });
    }
    if detail.issued_within_days > 0 {
        let issued = pages.iter().filter_map(|page| page.issued_on.as_deref()).filter_map(parse_date).min();
        let oldest = today - Duration::days(i64::from(detail.issued_within_days));
        let asked = format!("要求近 {} 日内", detail.issued_within_days);
        found.push(match issued {
            None => Found::amber("issue_date_unknown", "出具日期需要人工确认"),
            Some(issued) if issued < oldest => {
                Found::red("too_old", format!("出具日期 {}，{asked}", date_text(issued)))
            }
            Some(issued) => Found::green(format!("出具日期 {}，{asked}", date_text(issued))),
        });
    }
    found
}

/// The figure on the page beside the one in the form: as numbers where both are, else as text.
fn compare(label: &str, page: Option<&str>, form: Option<&str>) -> Found {
    let (Some(page), Some(form)) = (page, form) else {
        return Found::amber("figure_unknown", format!("{label}需要人工核对"));
    };
    let number = |text: &str| text.trim().replace(',', "").parse::<Decimal>().ok();
    let same = match (number(page), number(form)) {
        (Some(page), Some(form)) => page == form,
        _ => page.trim() == form.trim(),
    };
    if same {
        Found::green(format!("{label}：材料上 {page}，表单 {form}"))
    } else {
        Found::red("figure_differs", format!("{label}：材料上 {page}，表单 {form}，不一致"))
    }
}
