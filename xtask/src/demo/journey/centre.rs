//! Step 8 on staff pages in a browser, and the last word of the independent checker.

use crate::demo::browser::Browser;
use crate::demo::report::Report;
use crate::demo::walk::Done;
use crate::demo::world::{PASSWORD, World};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::process::Command;

/// Reviews and decides with two people; the reviewer's own decision is refused.
pub fn decide(world: &World, report: &Report, done: &Done) -> Result<()> {
    report.step(8, "centre", || {
        let staff = world.address("staff");
        let reviewer = Browser::start("reviewer", &staff, &world.out)?;
        let decider = Browser::start("decider", &staff, &world.out)?;
        review(world, &reviewer, done)?;
        let refused = decide_with_the_same_account(world, &reviewer, done)?;
        ensure!(refused == 403, "the reviewer's own decision was answered with {refused}, not 403");
        reviewer.open(&format!("/cases/{}", done.case))?;
        let number = grant(world, &decider, done)?;
        Ok(json!({
            "reviewer": "zhang.review", "decider": "li.decide",
            "same_account_status": refused, "licence_number": number,
        }))
    })
}

fn review(world: &World, browser: &Browser, done: &Done) -> Result<()> {
    let shot = |name: &str| browser.shot(&world.out.join("screens").join(format!("{name}.png")));
    browser.open("/login")?;
    shot("30-staff-login")?;
    browser.sign_in("zhang.review", PASSWORD)?;
    browser.open("/cases")?;
    shot("31-staff-cases")?;
    browser.open(&format!("/cases/{}", done.case))?;
    ensure!(
        browser.text("case-receipt")?.replace([' ', '-'], "").contains(&done.receipt),
        "the case page shows the receipt number"
    );
    shot("32-staff-case")?;
    view_evidence(browser, done)?;
    shot("33-staff-evidence")?;
    browser.open(&format!("/cases/{}", done.case))?;
    if browser.has("accept-submit")? {
        browser.click("accept-accept")?;
        browser.click("accept-submit")?;
        browser.wait_for("review-submit").context("after acceptance the case can be reviewed")?;
        browser.open(&format!("/cases/{}", done.case))?;
    }
    browser.click("review-pass")?;
    browser.fill("review-opinion", "材料齐全，净资产 860 万元，符合建筑工程三级条件。")?;
    shot("34-staff-review")?;
    browser.click("review-submit")?;
    browser.wait_for("case-receipt")?;
    browser.open(&format!("/cases/{}", done.case))?;
    // The item has more steps before the decision: the second look, and the publication.
    while browser.has("review-submit")? {
        browser.click("review-pass")?;
        browser.fill("review-opinion", "复核无误。")?;
        browser.click("review-submit")?;
        browser.wait_for("case-receipt")?;
        browser.open(&format!("/cases/{}", done.case))?;
    }
    Ok(())
}

/// Still and clip, with role and logged reason.
fn view_evidence(browser: &Browser, done: &Done) -> Result<()> {
    browser.open(&format!("/cases/{}/evidence", done.case))?;
    browser.fill("evidence-reason", "核对申请人在场")?;
    browser.click("evidence-submit")?;
    browser.wait_for("evidence-clip").context("the clip plays")?;
    browser.wait_for("evidence-still").context("the still is shown")?;
    browser.wait_for("evidence-logged").context("the view is logged")
}

fn decide_with_the_same_account(world: &World, browser: &Browser, done: &Done) -> Result<u64> {
    browser.open(&format!("/cases/{}", done.case))?;
    let base = version(browser)?;
    let status = browser
        .post(&format!("/cases/{}/decide", done.case), &[("result", "grant"), ("opinion", "同意"), ("base", &base)])?;
    browser.shot(&world.out.join("screens/37-staff-four-eyes.png"))?;
    Ok(status)
}

/// The version the forms of the page carry.
fn version(browser: &Browser) -> Result<String> {
    let source = browser.source()?;
    let at = source.find("name=\"base\" value=\"").map_or(0, |at| at + 19);
    Ok(source[at..].chars().take_while(char::is_ascii_digit).collect())
}

fn grant(world: &World, browser: &Browser, done: &Done) -> Result<String> {
    let shot = |name: &str| browser.shot(&world.out.join("screens").join(format!("{name}.png")));
    browser.sign_in("li.decide", PASSWORD)?;
    browser.open(&format!("/cases/{}", done.case))?;
    browser.click("decide-grant")?;
    browser.fill("decide-opinion", "准予许可。")?;
    shot("35-staff-decide")?;
    browser.click("decide-submit")?;
    browser.wait_for("case-receipt")?;
    browser.open(&format!("/cases/{}", done.case))?;
    shot("36-staff-granted")?;
    let source = browser.source()?;
    let at = source.find("D3").context("the case page shows the licence number")?;
    Ok(source[at..].chars().take_while(char::is_ascii_alphanumeric).collect())
}

/// The independent checker reads the case's export and the whole report.
pub fn verify(world: &World, report: &Report, done: &Done) -> Result<()> {
    report.step(14, "independent check", || {
        let relative = format!("cases/{}", done.case);
        world.export(&done.case, &world.out.join(&relative))?;
        let mut checker = Command::new(world.programs.join("tongban-verify"));
        let findings = crate::processes::output(checker.arg("case").arg(world.out.join(&relative)).arg("--json"))?;
        let findings: Value = serde_json::from_str(&findings).unwrap_or(json!(findings));
        Ok(json!({"case_export": relative, "findings": findings}))
    })
}
