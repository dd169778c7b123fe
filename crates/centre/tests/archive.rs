//! 电子档案: the pages of a material as one file, in the case's package.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod common;

use common::sample::construction_case;
use common::{TestStation, World, code_of, member};
use std::process::Command;
use tongban_centre::rights::Role;
use tongban_centre::workflow::Step;
use tongban_domain::ids::CaseId;

/// A submitted application with two pages for each material.
fn received(world: &World) -> CaseId {
    let mut kiosk = TestStation::enrol(&world.centre, &world.clock, 3, "890102-001-K01", "kiosk", "001");
    let (draft, bundle) = construction_case(&world.centre, &mut kiosk);
    let bytes = bundle.encode().unwrap();
    kiosk.upload(&world.centre, bundle.id, &bytes, bytes.len()).unwrap();
    draft.id
}

#[test]
fn the_pages_of_a_material_are_one_file_that_stays_the_same() {
    let world = World::new(311);
    let case = received(&world);
    let reviewer = member(&world.centre, "reviewer", &[Role::Reviewer]);
    let archive = world.centre.archive();
    let pdf = archive.bound(&reviewer, case, &"m05".into()).unwrap();
    world.clock.advance(3_600_000);
    assert_eq!(archive.bound(&reviewer, case, &"m05".into()).unwrap(), pdf, "whenever it is asked for");
    assert!(archive.bound(&reviewer, case, &"m99".into()).is_err(), "a material nobody brought");
    let technician = member(&world.centre, "technician", &[Role::Technician]);
    assert_eq!(code_of(&archive.bound(&technician, case, &"m05".into()).unwrap_err()), "A104");

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("m05.pdf");
    std::fs::write(&file, &pdf).unwrap();
    let told = |tool: &str, flags: &[&str]| {
        let output = Command::new(tool).args(flags).arg(&file).output().unwrap();
        assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let info = told("pdfinfo", &[]);
    assert!(info.contains("Pages:           2"), "{info}");
    assert!(!info.contains("陈建国") && !info.contains("宏远"), "nobody is named: {info}");
    let pictures = told("pdfimages", &["-list"]);
    assert_eq!(
        pictures.lines().filter(|line| line.contains(" jpeg ") && line.contains(" 700 ")).count(),
        2,
        "{pictures}"
    );
}

#[test]
fn the_package_of_an_ended_case_names_the_bound_pages_with_their_hash() {
    let world = World::new(312);
    let case = received(&world);
    let staff = member(&world.centre, "staff", &[Role::Reviewer, Role::Archivist]);
    let archive = world.centre.archive();
    assert_eq!(code_of(&archive.package(&staff, case).unwrap_err()), "C101", "it has not ended");
    let version = world.centre.cases().row(&staff, case).unwrap().version;
    let back = Step::Return { opinion: "不属于本机关".into() };
    world.centre.workflow().step(&staff, case, version, &back).unwrap();
    let manifest = archive.package(&staff, case).unwrap();
    let bound: Vec<_> = manifest.files.iter().filter(|file| file.name.starts_with("bound/")).collect();
    assert!(bound.len() > 3 && bound.iter().any(|file| file.name == "bound/m05.pdf"), "{bound:?}");
    assert_eq!(archive.check(&staff, &manifest).unwrap(), Vec::<String>::new(), "what is held is what was packed");
    let mut other = manifest.clone();
    other.files.iter_mut().find(|file| file.name == "bound/m05.pdf").unwrap().sm3.replace_range(..2, "zz");
    assert_eq!(archive.check(&staff, &other).unwrap(), ["bound/m05.pdf"], "negative control");
}
