//! A station without devices and centre, and a queue of invented firms.

use crate::shot;
use iced::Size;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tongban::app::{App, Message, live};
use tongban::apply::context::{DeviceGlance, Picture};
use tongban::boot::boot;
use tongban::config::load;
use tongban::screen::certificate::Message as Certificate;
use tongban::service::making::{Attempt, Board, Entry, Stage as Made};
use tongban::service::upkeep::{Machine, Waiting};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::{CaseId, PrintId};
use tongban_protocol::api::LicenceJob;
use tongban_ui::I18n;
use tongban_ui::inspect::Kind;
use uuid::Uuid;

/// The case in hand.
pub const CASE: CaseId = CaseId(Uuid::from_u128(1));
/// Its print.
pub const PRINT: PrintId = PrintId(Uuid::from_u128(7));

/// A running program.
pub struct Stage {
    pub app: App,
    turn: u32,
    _state: tempfile::TempDir,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn texts() -> Arc<I18n> {
    Arc::new(I18n::load(&root().join("i18n"), "zh-CN").expect("the texts load"))
}

/// The program without devices and without a centre.
pub fn stage(face: &str) -> Stage {
    let state = tempfile::tempdir().expect("a directory");
    for worker in ["tongban-worker", "tongban-vision"] {
        std::fs::write(state.path().join(worker), b"").expect("written");
    }
    let text = format!(
        "[identity]\nstation = \"890102-001-C01\"\nhall = \"890102-001\"\nhall_name = \"示范市城东区政务服务中心\"\n\
         face = \"{face}\"\nwindow_no = \"8\"\n[paths]\nstate = \"{state}\"\nassets = \"{root}/assets\"\n\
         i18n = \"{root}/i18n\"\nworkers = \"{state}\"\n[staff]\non_duty = \"wangfang\"\non_duty_name = \"王芳\"\n",
        state = state.path().display(),
        root = root().display()
    );
    let file = state.path().join("station.toml");
    std::fs::write(&file, text).expect("written");
    let config = load(&[file], &[]).expect("the configuration loads").0;
    let booted = boot(config).expect("the station starts");
    let (app, _) = App::start(booted, texts());
    Stage { app, turn: 0, _state: state }
}

impl Stage {
    /// The inspector's answer.
    pub fn state(&self) -> String {
        self.app.state()
    }

    /// The queue came, whichever turn it was asked in.
    pub fn board(&mut self, board: Board) {
        for turn in 0..=self.turn + 40 {
            drop(self.app.update(Message::Certificate(Certificate::Loaded(Box::new(board.clone()), turn, false))));
        }
    }

    pub fn load(&mut self, entries: Vec<Entry>) {
        self.board(Board { entries: Ok(entries), open: 0 });
    }

    /// A button is there and can be pressed.
    pub fn enabled(&self, name: &str) -> bool {
        shot::use_fonts(&root().join("assets/fonts"));
        let (seen, _) = shot::take(self.app.draw(false), Size::new(1920.0, 1080.0), &self.app.ui(false).theme());
        let pressable = |kind: &Kind| matches!(kind, Kind::Press { enabled: true, .. });
        seen.iter().any(|thing| thing.id.as_deref() == Some(name) && pressable(&thing.kind))
    }
}

/// The licence in hand, in a state of the centre and of the ledger.
pub fn entry(state: &str, stage: Option<Made>) -> Entry {
    let face = [
        ("企业名称", "示范市宏远建设有限公司"),
        ("统一社会信用代码", "91890100MA8DEM018P"),
        ("注册地址", "示范省示范市城东区中山街道和平社区建设路 18 号 3 号楼 2 单元 1201 室"),
        ("经济性质", "有限责任公司（自然人投资或控股）"),
        ("成立日期", "2019-03-18"),
        ("注册资本", "3000万元"),
        ("净资产", "1280万元"),
        ("法定代表人", "陈建国"),
        ("办公场所面积", "420㎡"),
        ("申请类型", "首次申请"),
        ("申请资质序列", "施工总承包"),
        ("申请资质类别", "建筑工程"),
        ("申请资质等级", "三级"),
        ("企业技术负责人", "周伟"),
        ("联系人", "赵强"),
        ("领取方式", "窗口领取"),
        ("证书编号", "D389000017"),
        ("有效期起", "2026-11-23"),
        ("有效期止", "2031-11-22"),
        ("发证日期", "2026-11-23"),
        ("发证机关", "示范市住房和城乡建设局"),
    ];
    let job = LicenceJob {
        case: CASE,
        receipt: "89010226112300100017".into(),
        item_name: "建筑业企业资质认定（首次申请）".into(),
        holder: "示范市宏远建设有限公司".into(),
        collector_masked: "890102********0113".into(),
        number: "D389000017".into(),
        identifier: "1.2.156.3005.2.X".into(),
        verify_url: "https://zwfw.example.cn/v/9F2K7T4MZQ8B3XWD".into(),
        face: face.map(|(label, value)| (label.to_owned(), value.to_owned())).to_vec(),
        state: state.into(),
        print: stage.map(|_| PRINT),
        serial: stage.map(|_| "SF000123".to_owned()),
        version: 12,
    };
    let attempt = stage.map(|stage| Attempt { print: PRINT, serial: "SF000123".into(), stage, note: String::new() });
    Entry { job, attempt }
}

/// Twelve licences: the one in hand first.
pub fn queue(stage: Option<Made>) -> Vec<Entry> {
    let names = [
        "食尚餐饮店",
        "示范省示范市城东区宏远国际建筑工程技术发展有限公司",
        "青禾县顺达运输有限公司",
        "吴*",
        "河口村供水站",
    ];
    let states = ["allotted", "confirmed", "allotted", "allotted", "confirmed"];
    let mut queue = vec![entry("allotted", stage)];
    for at in 0..11_usize {
        let mut other = entry(states[at % 5], None);
        other.job.case = CaseId(Uuid::from_u128(100 + at as u128));
        other.job.receipt = format!("8901022611230010{:04}", 100 + at);
        other.job.holder = names[at % 5].to_owned();
        queue.push(other);
    }
    queue
}

/// Six devices; those named are not there.
pub fn devices(ill: &[&str]) -> Message {
    let all = [
        ("reader", DeviceKind::IdCardReader, "sam-serial", "/dev/serial/by-path/pci-0000:00:14.0-usb-0:2.1:1.0-port0"),
        ("face", DeviceKind::FaceCamera, "v4l", "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2.3:1.0-video-index0"),
        ("document", DeviceKind::DocumentCamera, "v4l", "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2.4:1.0-video-index0"),
        (
            "finger",
            DeviceKind::FingerprintScanner,
            "ef01-serial",
            "/dev/serial/by-path/pci-0000:00:14.0-usb-0:2.2:1.0-port0",
        ),
        ("printer", DeviceKind::DocumentPrinter, "ipp", "ipp://printer.hall:631/ipp/print"),
        ("certificate-printer", DeviceKind::CertificatePrinter, "ipp", "ipp://licences.hall:631/ipp/print"),
    ];
    let evidence = [
        ("sam_id", "05.01-20250101-0000001001"),
        ("protocol_faults", "0"),
        ("resends", "2"),
        ("jobs_done", "41"),
        ("jobs_failed", "1"),
        ("last_error", "D103 timed out after 2000 ms"),
    ];
    let glance = |(role, kind, driver, port): (&str, DeviceKind, &str, &str)| DeviceGlance {
        role: role.into(),
        kind,
        driver: driver.into(),
        port: port.into(),
        state: if ill.contains(&role) { DeviceState::NoDevice } else { DeviceState::Online },
        code: ill.contains(&role).then_some(ErrorCode::DeviceAbsent),
        evidence: evidence.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec(),
        restarts: u32::from(ill.contains(&role)),
        required: role != "finger",
        since: Instant::now(),
    };
    Message::Live(live::Change::Devices(all.map(glance).to_vec()))
}

/// What else stands in a hall: scanner, smart cards, pad, display, and a supply that runs on its battery.
pub fn hall_devices() -> Message {
    let all = [
        ("codes", DeviceKind::CodeScanner, "codes-serial", "/dev/serial/by-path/pci-0000:00:14.0-usb-0:3.1:1.0-port0"),
        ("smart-card", DeviceKind::SmartCardReader, "pcsc", "pcsc:Lab Reader"),
        ("pad", DeviceKind::SignaturePad, "pad-evdev", "/dev/input/by-path/pci-0000:00:14.0-usb-0:3.2:1.0-event"),
        ("call-display", DeviceKind::CallDisplay, "window-panel", "display.hall:9100"),
        ("power", DeviceKind::PowerSupply, "nut", "hall@127.0.0.1:3493"),
    ];
    let glance = |(role, kind, driver, port): (&str, DeviceKind, &str, &str)| DeviceGlance {
        role: role.into(),
        kind,
        driver: driver.into(),
        port: port.into(),
        state: if role == "power" { DeviceState::PowerOff } else { DeviceState::Online },
        code: None,
        evidence: match role {
            "power" => &[("mains", "false"), ("charge", "72")][..],
            "smart-card" => &[("card", "kept"), ("reader", "Feitian Technologies bR301 BLE Smart Card Reader 00 00")],
            _ => &[],
        }
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect(),
        restarts: 0,
        required: false,
        since: Instant::now(),
    };
    Message::Live(live::Change::Devices(all.map(glance).to_vec()))
}

/// A station with everything a hall can have, a receipt printer among it; the reader is not there.
pub fn every_device() -> Message {
    let (Message::Live(live::Change::Devices(mut all)), Message::Live(live::Change::Devices(hall))) =
        (devices(&["reader"]), hall_devices())
    else {
        unreachable!("both are devices")
    };
    for device in &mut all {
        if device.role == "printer" {
            device.driver = "escpos".into();
            device.port = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:4.1.2.3:1.0-port0".into();
        }
    }
    all.extend(hall);
    Message::Live(live::Change::Devices(all))
}

/// A machine somebody should look after.
pub fn machine() -> Machine {
    Machine {
        protection: "none",
        outbox: 3,
        waiting: waiting(),
        quarantined: 1,
        lease_left: 187,
        skew_ms: -1_200,
        skewed: false,
        free_bytes: Some(41_000_000_000),
        free_percent: Some(17),
    }
}

/// One refused, one that is tried again, one that is about to go.
fn waiting() -> Vec<Waiting> {
    let item = |receipt: &str, refused: bool, tries: u32, code: Option<ErrorCode>| Waiting {
        bundle: Some(Uuid::from_u128(u128::from(tries) + 1)),
        receipt: Some(receipt.to_owned()),
        actions: 14,
        kib: 926,
        refused,
        tries,
        next_try: (!refused && tries > 0).then(|| "09:42".to_owned()),
        code,
    };
    vec![
        item("8901022603020030001X", true, 1, Some(ErrorCode::SealBroken)),
        item("89010226030200300028", false, 4, Some(ErrorCode::NetworkDown)),
        item("89010226030200300036", false, 0, None),
    ]
}

/// Ports a technician could choose.
pub fn ports() -> Vec<String> {
    (1..=6).map(|at| format!("/dev/serial/by-path/pci-0000:00:14.0-usb-0:2.{at}:1.0-port0")).collect()
}

/// A grey picture.
pub fn picture() -> Picture {
    let pixels = [90_u8, 96, 102, 255].repeat(960 * 540);
    Picture {
        seq: 1,
        handle: iced::widget::image::Handle::from_rgba(960, 540, pixels),
        width: 960,
        height: 540,
        shown: 1,
        missed: 0,
    }
}
