//! Writes one of each paper into a directory, to be looked at: `cargo run -p tongban-licence --example samples -- DIR`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::PathBuf;

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
    for (name, paper) in papers {
        std::fs::write(dir.join(format!("{name}.pdf")), &paper.pdf)?;
    }
    Ok(())
}
