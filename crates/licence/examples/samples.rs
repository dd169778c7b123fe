//! Writes one of each paper into a directory, to be looked at: `cargo run -p tongban-licence --example samples -- DIR`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::PathBuf;
use tongban_domain::event::PaperKind;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = PathBuf::from(std::env::args().nth(1).ok_or("usage: samples DIR")?);
    std::fs::create_dir_all(&dir)?;
    let press = common::press();
    let mut offline = common::receipt(6);
    offline.offline = true;
    offline.time_untrusted = true;
    let papers = [
        ("receipt", press.receipt(&common::receipt(17))?),
        ("receipt-offline", press.receipt(&offline)?),
        ("proof", press.proof(&common::proof(24))?),
        ("licence", press.licence(&common::licence())?),
        ("licence-long", press.licence(&common::long_licence())?),
        ("licence-food", press.licence(&common::food_licence())?),
        ("notice", press.notice(&common::notice(1))?),
    ];
    for kind in PaperKind::ALL.into_iter().filter(|kind| *kind != PaperKind::Receipt) {
        let mut text = common::paper_text(&format!(
            "示住建{}〔2026〕00012号",
            press.paper_form(kind).map_or("", |form| form.word.as_str())
        ));
        if matches!(kind, PaperKind::Correction | PaperKind::Deferral | PaperKind::DeferralPromise) {
            text.points = vec![
                "企业净资产证明（经审计的财务报告）：缺第 3 页，请提供完整报告。".into(),
                "技术负责人业绩证明：现有 1 项，要求不少于 2 项。".into(),
            ];
        }
        let paper = press.paper(kind, &text)?;
        std::fs::write(dir.join(format!("paper-{}.pdf", kind.as_str())), &paper.pdf)?;
    }
    for (name, paper) in papers {
        std::fs::write(dir.join(format!("{name}.pdf")), &paper.pdf)?;
    }
    Ok(())
}
