//! Live pictures from a worker's memory ring, honest and hostile.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tongban_device::ErrorCode;
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::{Binding, CancelToken, DeviceView, Hub, HubConfig};

const PATIENCE: Duration = Duration::from_secs(20);

/// Cargo builds examples beside a package's tests.
fn fake_camera() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().with_file_name("examples").join("fake_camera");
    assert!(program.exists(), "build it with: cargo build -p tongban-hub --example fake_camera");
    program
}

fn camera_hub(mode: &str) -> Hub {
    let setup = Setup {
        kind: DeviceKind::DocumentCamera,
        driver: "fake".to_owned(),
        port: "fake".to_owned(),
        options: BTreeMap::new(),
    };
    Hub::start(HubConfig {
        worker: PathBuf::from("/nonexistent"),
        vision: fake_camera(),
        bindings: vec![Binding { role: "camera".to_owned(), setup, required: false }],
        spawn_env: vec![("FAKE_CAMERA".to_owned(), mode.to_owned())],
    })
    .unwrap()
}

async fn until(hub: &Hub, what: &str, wanted: impl Fn(&DeviceView) -> bool) -> DeviceView {
    let mut watch = hub.watch();
    match tokio::time::timeout(PATIENCE, watch.wait_for(|views| wanted(&views[0]))).await {
        Ok(views) => views.unwrap()[0].clone(),
        Err(_) => panic!("waited in vain for {what}; now {:?}", hub.devices()[0]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_come_out_of_the_ring_and_stop_with_the_last_receiver() {
    let hub = camera_hub("honest");
    let mut frames = hub.preview("camera", 15);
    for _ in 0..5 {
        tokio::time::timeout(PATIENCE, frames.changed()).await.unwrap().unwrap();
        let Some(frame) = frames.borrow_and_update().clone() else { continue };
        assert_eq!((frame.width, frame.height, frame.pixels.len()), (8, 4, 128));
        assert!(frame.pixels.iter().all(|value| u64::from(*value) == frame.seq), "frame {}", frame.seq);
    }
    until(&hub, "running", |view| view.evidence.get("running").is_some_and(|running| running == "true")).await;
    drop(frames);
    until(&hub, "stopped", |view| view.evidence.get("running").is_some_and(|running| running == "false")).await;
    // And again.
    let mut frames = hub.preview("camera", 15);
    tokio::time::timeout(PATIENCE, frames.wait_for(Option::is_some)).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_that_could_be_shrunk_or_is_too_short_costs_the_worker_its_life() {
    for (mode, reason) in
        [("unsealed", "not sealed"), ("short", "shorter than announced"), ("no-descriptor", "without descriptor")]
    {
        let hub = camera_hub(mode);
        let frames = hub.preview("camera", 15);
        let view = until(&hub, mode, |view| view.evidence.get("worker").is_some_and(|why| why.contains(reason))).await;
        assert!(view.code == Some(ErrorCode::DeviceWorker) || view.restarts > 0, "{view:?}");
        assert!(frames.borrow().is_none(), "{mode}: no picture of it is shown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_in_a_slot_the_ring_does_not_have_is_not_read() {
    let hub = camera_hub("wild");
    let mut frames = hub.preview("camera", 15);
    // The slot is given back, the next frame is an honest one.
    let frame = tokio::time::timeout(PATIENCE, frames.wait_for(Option::is_some)).await.unwrap().unwrap().clone();
    assert_eq!(frame.unwrap().seq, 202);
    assert_eq!(hub.devices()[0].restarts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_another_version_is_given_up() {
    let hub = camera_hub("future");
    let view = until(&hub, "given up", |view| view.state == DeviceState::HardwareError).await;
    assert!(view.evidence["worker"].contains("version 9"), "{view:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_does_not_fit_the_command_is_a_protocol_fault() {
    let hub = camera_hub("honest");
    let claim = hub.claim("camera", None).unwrap();
    let outcome = claim.still(PATIENCE, CancelToken::new()).await;
    assert!(matches!(outcome, Err(DeviceFault::Protocol(_))), "{outcome:?}");
}

#[test]
fn the_hub_is_used_from_an_executor_without_timers_or_io() {
    let hub = camera_hub("honest");
    let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let evidence = bare.block_on(async { hub.claim("camera", None).unwrap().check(PATIENCE).await });
    assert!(evidence.is_ok(), "{evidence:?}");
}

#[test]
fn an_unknown_role_has_no_picture() {
    let hub = camera_hub("honest");
    assert!(hub.preview("nobody", 5).borrow().is_none());
}
