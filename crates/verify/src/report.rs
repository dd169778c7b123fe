//! Checks the demo's `report.json` against the files it left behind (docs/formats.md, "report.json").

use crate::case_dir::{CaseFacts, Trust, check_case};
use crate::findings::Findings;
use crate::keys;
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

#[derive(Deserialize)]
struct Report {
    v: u64,
    ok: bool,
    seconds: f64,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    step: u64,
    name: String,
    ok: bool,
    at_ms: u64,
    ms: u64,
    evidence: Value,
}

/// Evidence keys that name a file, the key of its digest, and how the count is called.
const FILES: [(&str, &str, &str); 3] = [
    ("capture_file", "line_sha256", "captures hash to what the step says"),
    ("spool_file", "pdf_sha256", "spooled documents hash to what the step says"),
    ("file", "sha256", "files hash to what the step says"),
];

/// Checks `dir/report.json`, or `dir` itself when it is a file.
#[must_use]
pub fn check_report(dir: &Path, trust: &Trust) -> Findings {
    let mut findings = Findings::default();
    let path = if dir.is_dir() { dir.join("report.json") } else { dir.to_owned() };
    let parsed = fs::read(&path)
        .map_err(|error| error.to_string())
        .and_then(|bytes| serde_json::from_slice::<Report>(&bytes).map_err(|error| error.to_string()));
    let report = match parsed {
        Ok(report) => report,
        Err(error) => {
            findings.fault("report.json", format!("cannot be read: {error}"));
            return findings;
        }
    };
    let base = path.parent().map(Path::to_owned).unwrap_or_default();
    check_frame(&report, &mut findings);
    let cases = check_cases(&report, &base, trust, &mut findings);
    let mut recomputed = cases.len();
    for step in &report.steps {
        recomputed += check_files(step, &base, &mut findings);
        check_agreement(step, &cases, &mut findings);
    }
    if recomputed == 0 {
        findings.fault("report.json", "no evidence that can be recomputed");
    }
    findings
}

fn place(step: &Step) -> String {
    format!("report.json step {} {}", step.step, step.name)
}

fn check_frame(report: &Report, findings: &mut Findings) {
    if report.v != 2 {
        findings.fault("report.json", format!("version {} is not known", report.v));
    }
    let all_ok = !report.steps.is_empty() && report.steps.iter().all(|step| step.ok);
    let agrees = if report.ok == all_ok { Ok(()) } else { Err("says another outcome than its steps".to_owned()) };
    findings.check("report agrees with its steps", "report.json", agrees);
    if !report.ok {
        findings.fault("report.json", "the run was not ok");
    }
    if !report.seconds.is_finite() {
        findings.fault("report.json", "the run has no length");
    }
    let mut last = 0;
    for step in &report.steps {
        let ordered = if step.step > last { Ok(()) } else { Err(format!("comes after step {last}")) };
        findings.check("steps are numbered in order", &place(step), ordered);
        last = step.step;
        // Steps of two stations run beside each other; each lies within the run.
        let end = Duration::from_millis(step.at_ms.saturating_add(step.ms)).as_secs_f64();
        let within = if end <= report.seconds { Ok(()) } else { Err("ends after the run".to_owned()) };
        findings.check("steps lie within the run", &place(step), within);
        let evident = step.evidence.as_object().is_some_and(|evidence| !evidence.is_empty());
        let shown = if evident || !step.ok { Ok(()) } else { Err("ok without evidence".to_owned()) };
        findings.check("steps show evidence", &place(step), shown);
    }
}

/// A path of the report, which must stay below the report's directory.
fn below(base: &Path, path: &str) -> Result<PathBuf, String> {
    let path = Path::new(path);
    if path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        Ok(base.join(path))
    } else {
        Err(format!("{} leaves the report's directory", path.display()))
    }
}

fn check_cases(report: &Report, base: &Path, trust: &Trust, findings: &mut Findings) -> Vec<CaseFacts> {
    let mut cases: Vec<CaseFacts> = Vec::new();
    for step in &report.steps {
        let Some(dir) = step.evidence.get("case_export").and_then(Value::as_str) else {
            continue;
        };
        match below(base, dir) {
            Ok(path) => {
                let (case_findings, facts) = check_case(&path, trust);
                findings.absorb(dir, case_findings);
                cases.push(facts);
            }
            Err(why) => findings.fault(place(step), why),
        }
    }
    cases
}

/// Hashes every file a step names; how many there were.
fn check_files(step: &Step, base: &Path, findings: &mut Findings) -> usize {
    let mut named = 0;
    for (file_key, digest_key, what) in FILES {
        let Some(file) = step.evidence.get(file_key) else {
            continue;
        };
        named += 1;
        let result = (|| {
            let file = file.as_str().ok_or_else(|| format!("{file_key} is not a path"))?;
            let claimed = digest(&step.evidence, digest_key)?.ok_or_else(|| format!("{digest_key} is missing"))?;
            let bytes = fs::read(below(base, file)?).map_err(|error| format!("{file}: {error}"))?;
            if keys::sha256(&bytes) == claimed { Ok(()) } else { Err(format!("{file} does not hash to {digest_key}")) }
        })();
        findings.check(what, &place(step), result);
    }
    named
}

fn digest(evidence: &Value, key: &str) -> Result<Option<[u8; 32]>, String> {
    let Some(value) = evidence.get(key) else {
        return Ok(None);
    };
    let text = value.as_str().ok_or_else(|| format!("{key} is not text"))?;
    let bytes = hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(Some).ok_or_else(|| format!("{key} is not a digest in hex"))
}

/// A card reading or a print a step reports must stand in an exported case.
fn check_agreement(step: &Step, cases: &[CaseFacts], findings: &mut Findings) {
    type Known = fn(&CaseFacts, &[u8; 32]) -> bool;
    let facts: [(&str, &'static str, Known); 2] = [
        ("line_sha256", "card readings stand in a case", |case, digest| case.lines.contains(digest)),
        ("pdf_sha256", "printed documents stand in a case", |case, digest| case.pdfs.contains(digest)),
    ];
    for (key, what, known) in facts {
        let result = match digest(&step.evidence, key) {
            Ok(None) => continue,
            Ok(Some(digest)) if cases.iter().any(|case| known(case, &digest)) => Ok(()),
            Ok(Some(_)) => Err(format!("{key} stands in no exported case")),
            Err(why) => Err(why),
        };
        findings.check(what, &place(step), result);
    }
}
