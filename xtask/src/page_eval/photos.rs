//! Outlines on ten real photographs (npm `jscanify`, MIT), against corners marked by eye. No photograph is kept in
//! the repository; `photos.toml` has the numbers.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::path::Path;
use std::process::Command;
use tongban_vision::page::{Quad, Workbench, find, iou};
use tongban_vision::picture;

#[derive(Deserialize)]
struct Labels {
    photo: Vec<Label>,
}

/// One photograph and its corners.
#[derive(Deserialize)]
struct Label {
    /// Path in the package.
    member: String,
    /// Clockwise from the top left, pixels of the picture turned upright.
    corners: [[f64; 2]; 4],
}

/// How far corners are off, as a share of the picture's diagonal, and the agreement.
pub struct Photos(pub Vec<(String, f64, f64)>);

impl Photos {
    /// Photographs whose every corner is within 1.5 % of the diagonal.
    pub fn right(&self) -> usize {
        self.0.iter().filter(|(_, off, _)| *off <= 0.015).count()
    }

    pub fn print(&self) {
        println!("outlines: {} real photographs, {} with every corner within 1.5 %", self.0.len(), self.right());
        for (name, off, agreement) in &self.0 {
            println!("  {name}: farthest corner {:.2} %, agreement {agreement:.4}", off * 100.0);
        }
    }
}

/// Bytes of the labelled photographs, in the labels' order, with their true corners.
pub fn labelled(cache: &Path) -> Result<Vec<(String, Vec<u8>, Quad)>> {
    let labels: Labels = toml::from_str(include_str!("photos.toml")).context("photos.toml")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let package = crate::samples::package(&root.join("assets/samples/sources.toml"), cache)?;
    labels
        .photo
        .into_iter()
        .map(|label| {
            let out = Command::new("tar").arg("-xzOf").arg(&package).arg(&label.member).output();
            let out = out.context("tar cannot be started")?;
            ensure!(out.status.success(), "{} is not in the package", label.member);
            let name = label.member.rsplit('/').next().unwrap_or_default().to_owned();
            Ok((name, out.stdout, Quad(label.corners)))
        })
        .collect()
}

/// Finds the sheet on the photographs.
pub fn measure(cache: &Path) -> Result<Photos> {
    let mut bench = Workbench::default();
    let mut rows = Vec::new();
    for (name, bytes, truth) in labelled(cache)? {
        let mat = picture::decode(&bytes).with_context(|| name.clone())?;
        let (width, height) = picture::size(&mat);
        let diagonal = f64::from(width).hypot(f64::from(height));
        let (off, agreement) = match find(&mat, &mut bench)? {
            Some(found) => (found.quad.farthest(&truth) / diagonal, iou(&found.quad, &truth)),
            None => (1.0, 0.0),
        };
        rows.push((name, off, agreement));
    }
    Ok(Photos(rows))
}
