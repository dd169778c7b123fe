//! `xtask notices`: writes NOTICES.md, what the products are made of and under which licences.
//!
//! Packages come from the lock file through `cargo metadata`, files from the READMEs of
//! `assets/`. Every package is held against the licences and bans of `deny.toml`.

mod spdx;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// Programs a hall or a centre installs; what only builds, tests or simulates is not listed.
const PRODUCTS: [&str; 5] = ["tongban", "tongban-server", "tongban-worker", "tongban-vision-worker", "tongban-verify"];
/// Machines we build for; a package of either is listed.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
/// A paragraph of an asset's README with one of these says its licence.
const LICENCE_WORDS: [&str; 4] = ["Apache-2.0", "MIT", "OFL", "Open Font License"];
/// Folders that need no README: a file or two of our own.
const OUR_OWN: [&str; 1] = ["server"];
const PAGE: &str = "NOTICES.md";

/// Flags of `notices`.
#[derive(clap::Args)]
pub struct Options {
    /// Write nothing; fail when NOTICES.md no longer says what is linked.
    #[arg(long)]
    check: bool,
}

/// A package linked into a product.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    licence: String,
    repository: String,
}

/// Runs the command from the root of the workspace.
pub fn run(options: &Options) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask stands inside the workspace")?;
    let mut packages = BTreeSet::new();
    for target in TARGETS {
        packages.extend(linked(&metadata(root, target)?)?);
    }
    let faults = refused(&packages, &std::fs::read_to_string(root.join("deny.toml")).context("reading deny.toml")?)?;
    ensure!(faults.is_empty(), "deny.toml does not allow:\n{}", faults.join("\n"));
    let page = page(&packages, &assets(root)?);
    let path = root.join(PAGE);
    if !options.check {
        return std::fs::write(&path, page).with_context(|| format!("writing {}", path.display()));
    }
    let stale = differences(&std::fs::read_to_string(&path).unwrap_or_default(), &page);
    ensure!(stale.is_empty(), "{PAGE} is stale; run `cargo xtask notices`:\n{}", stale.join("\n"));
    Ok(())
}

fn metadata(root: &Path, target: &str) -> Result<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", target])
        .current_dir(root)
        .output()
        .context("running cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Outside packages reached from the products over normal dependencies. Macros run in the
/// compiler and are not linked, nor is what only they use.
fn linked(metadata: &Value) -> Result<BTreeSet<Package>> {
    let packages: BTreeMap<_, _> = list(metadata, "packages").iter().map(|p| (text(p, "id"), p)).collect();
    let nodes: BTreeMap<_, _> = list(&metadata["resolve"], "nodes").iter().map(|n| (text(n, "id"), n)).collect();
    let mut open: Vec<&str> = packages
        .iter()
        .filter(|(_, p)| PRODUCTS.contains(&text(p, "name")) && p["source"].is_null())
        .map(|(id, _)| *id)
        .collect();
    ensure!(open.len() == PRODUCTS.len(), "a product is missing from the workspace");
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        let (Some(package), Some(node)) = (packages.get(id), nodes.get(id)) else { bail!("{id} is not resolved") };
        let is_macro = list(package, "targets").iter().any(|t| list(t, "kind").iter().any(|k| k == "proc-macro"));
        if is_macro || !seen.insert(id) {
            continue;
        }
        if !package["source"].is_null() {
            found.insert(outside(package));
        }
        let normal = |d: &&Value| list(d, "dep_kinds").iter().any(|k| k["kind"].is_null());
        open.extend(list(node, "deps").iter().filter(normal).map(|d| text(d, "pkg")));
    }
    Ok(found)
}

fn outside(package: &Value) -> Package {
    let repository = text(package, "repository").trim_end_matches('/').trim_end_matches(".git");
    Package {
        name: text(package, "name").to_owned(),
        version: text(package, "version").to_owned(),
        licence: text(package, "license").replace(" / ", "/").replace('/', " OR "),
        repository: repository.trim_start_matches("https://").trim_start_matches("http://").to_owned(),
    }
}

/// What `deny.toml` does not allow.
fn refused(packages: &BTreeSet<Package>, deny: &str) -> Result<Vec<String>> {
    let deny: toml::Table = deny.parse().context("deny.toml")?;
    let allowed = deny["licenses"]["allow"].as_array().context("licenses.allow")?;
    let allowed: BTreeSet<&str> = allowed.iter().filter_map(toml::Value::as_str).collect();
    let banned = deny["bans"]["deny"].as_array().context("bans.deny")?;
    let banned: BTreeSet<&str> = banned.iter().filter_map(|ban| ban["crate"].as_str()).collect();
    let mut faults = Vec::new();
    for package in packages {
        if banned.contains(package.name.as_str()) {
            faults.push(format!("{} is banned", package.name));
        }
        if !spdx::satisfied(&package.licence, &allowed) {
            faults.push(format!("{} {}: licence {:?}", package.name, package.version, package.licence));
        }
    }
    Ok(faults)
}

/// Folder → the paragraphs of its README that say source and licence.
fn assets(root: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(root.join("assets"))? {
        let folder = entry?.path();
        let name = folder.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let readme = folder.join("README.md");
        if OUR_OWN.contains(&name.as_str()) && !readme.exists() {
            all.insert(name, vec!["Written for this project. Licence: Apache-2.0, as the project.".to_owned()]);
            continue;
        }
        let page = std::fs::read_to_string(&readme)
            .with_context(|| format!("assets/{name}/README.md says source and licence"))?;
        let said = licence_paragraphs(&page);
        ensure!(!said.is_empty(), "assets/{name}/README.md names no licence");
        all.insert(name, said);
    }
    Ok(all)
}

fn licence_paragraphs(page: &str) -> Vec<String> {
    let says = |paragraph: &&str| LICENCE_WORDS.iter().any(|word| paragraph.contains(word));
    page.split("\n\n").filter(says).map(|paragraph| paragraph.trim().to_owned()).collect()
}

fn page(packages: &BTreeSet<Package>, assets: &BTreeMap<String, Vec<String>>) -> String {
    let mut out = String::from(
        "# 第三方声明 · Notices\n\n\
         Made by `cargo xtask notices` from Cargo.lock and the READMEs of `assets/`; do not edit.\n\
         The project itself is under Apache-2.0 (`LICENSE`).\n\n\
         ## Linked packages\n\n\
         Packages linked into `tongban`, `tongban-server`, `tongban-worker`, `tongban-vision` and `tongban-verify`\n\
         on x86-64 and aarch64 Linux, without the feature `demo`. Each package's source carries its licence text.\n\n\
         | package | version | licence | repository |\n|---|---|---|---|\n",
    );
    for Package { name, version, licence, repository } in packages {
        let _ = writeln!(out, "| {name} | {version} | {licence} | {repository} |");
    }
    out.push_str("\n## Files\n");
    for (folder, paragraphs) in assets {
        let _ = write!(out, "\n### assets/{folder}\n\n{}\n", paragraphs.join("\n\n"));
    }
    out
}

/// Lines only one of the two has, whatever their order.
fn differences(old: &str, new: &str) -> Vec<String> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.lines().collect(), new.lines().collect());
    let gone = old.difference(&new).map(|line| format!("- {line}"));
    gone.chain(new.difference(&old).map(|line| format!("+ {line}"))).collect()
}

#[cfg(test)]
mod tests;
