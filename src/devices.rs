//! `tongban devices`: what is plugged in, whether it works, and proof of it. For technicians.
//!
//! Nothing here opens a device in this process: sysfs is read, and what has to be asked is asked
//! by a worker.

mod conform;
mod list;
mod record;
mod signed;
mod watch;

use crate::config::Config;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use tongban_device::message::Setup;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::Binding;

/// What to do.
#[derive(Subcommand)]
pub enum DevicesCommand {
    /// List every device present or bound (what is done without a verb).
    List {
        /// Start a worker for each bound device and ask it; a running terminal holds its devices.
        #[arg(long)]
        ask: bool,
        /// One JSON object a device.
        #[arg(long)]
        json: bool,
    },
    /// Say what comes, goes and changes, until interrupted.
    Watch,
    /// Run the conformance suite on a device and write a signed report.
    Conform {
        /// A role of the configuration, or `DRIVER@PORT`.
        selector: String,
        /// Every frame boundary and 64 drawn places; otherwise few places and no cable pulled.
        #[arg(long)]
        full: bool,
        /// Where the report goes.
        #[arg(long, default_value = "conformance.json")]
        out: PathBuf,
    },
    /// Check a signed report, or show who signed it.
    Verify {
        /// The report.
        file: PathBuf,
    },
    /// Record what goes over a device's line: lengths and status, the content only when signed for.
    Record {
        /// A role of the configuration, or `DRIVER@PORT`.
        selector: String,
        /// How long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Keep the bytes too. They may be a person's: say who you are and why.
        #[arg(long, requires = "technician", requires = "reason")]
        content: bool,
        /// Your account.
        #[arg(long)]
        technician: Option<String>,
        /// Ticket or reason.
        #[arg(long)]
        reason: Option<String>,
        /// Where the recording goes.
        #[arg(long, default_value = "recording.jsonl")]
        out: PathBuf,
    },
    /// Play a recording through this program's driver: does it end as it did then?
    Replay {
        /// The recording.
        file: PathBuf,
    },
}

/// Runs one of them.
///
/// # Errors
/// When a device, a file or the configuration is not as needed; a failed suite is an error too.
pub fn run(command: Option<DevicesCommand>, config: &Config) -> Result<()> {
    match command.unwrap_or(DevicesCommand::List { ask: false, json: false }) {
        DevicesCommand::List { ask, json } => list::run(config, ask, json),
        DevicesCommand::Watch => watch::run(config),
        DevicesCommand::Conform { selector, full, out } => conform::run(config, &selector, full, &out),
        DevicesCommand::Verify { file } => signed::verify(&file),
        DevicesCommand::Record { selector, seconds, content, technician, reason, out } => {
            let who = content.then(|| (technician.unwrap_or_default(), reason.unwrap_or_default()));
            record::run(config, &selector, seconds, who, &out)
        }
        DevicesCommand::Replay { file } => record::replay(config, &file),
    }
}

/// The bindings of the configuration.
fn bindings(config: &Config) -> Result<Vec<Binding>> {
    config.devices.iter().map(|(role, device)| crate::boot::binding(role, device, None)).collect()
}

/// The device meant: a role, or `DRIVER@PORT` for one that is not bound.
fn selected(config: &Config, selector: &str) -> Result<Setup> {
    if let Some(binding) = bindings(config)?.into_iter().find(|binding| binding.role == selector) {
        return Ok(binding.setup);
    }
    let Some((driver, port)) = selector.split_once('@') else {
        bail!("{selector}: no such role; DRIVER@PORT names a device that is not bound");
    };
    let kind = match driver {
        "sam-serial" | "sam-usb" | "sam-hid" | "sdt" | "cvr" => DeviceKind::IdCardReader,
        "ef01-serial" | "livescan" => DeviceKind::FingerprintScanner,
        "v4l" | "nokhwa" => DeviceKind::DocumentCamera,
        "ipp" | "usblp" | "escpos" => DeviceKind::DocumentPrinter,
        "codes-serial" | "codes-keyboard" => DeviceKind::CodeScanner,
        "pcsc" => DeviceKind::SmartCardReader,
        "pad-evdev" => DeviceKind::SignaturePad,
        "led-board" | "window-panel" | "call-page" => DeviceKind::CallDisplay,
        "nut" | "megatec" => DeviceKind::PowerSupply,
        other => bail!("{other}: no such driver"),
    };
    Ok(Setup { kind, driver: driver.to_owned(), port: port.to_owned(), options: std::collections::BTreeMap::new() })
}

/// A worker program.
fn program(config: &Config, name: &str) -> Result<PathBuf> {
    let path = crate::boot::worker_directory(config)?.join(name);
    if !path.exists() {
        bail!("K104 {} is missing; install the package again or set paths.workers", path.display());
    }
    Ok(path)
}

/// Writes a file nobody else may read.
fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("writing {}", path.display()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}

fn kind_name(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::IdCardReader => "身份证阅读器",
        DeviceKind::FingerprintScanner => "指纹仪",
        DeviceKind::DocumentCamera => "高拍仪",
        DeviceKind::FaceCamera => "人脸摄像头",
        DeviceKind::DocumentPrinter => "文档打印机",
        DeviceKind::CertificatePrinter => "证照打印机",
        DeviceKind::CodeScanner => "扫码器",
        DeviceKind::SmartCardReader => "智能卡读写器",
        DeviceKind::SignaturePad => "签字板",
        DeviceKind::CallDisplay => "叫号屏",
        DeviceKind::PowerSupply => "不间断电源",
    }
}

fn state_name(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Starting => "启动中",
        DeviceState::Online => "就绪",
        DeviceState::Busy => "使用中",
        DeviceState::Offline => "无应答",
        DeviceState::NoDevice => "未连接",
        DeviceState::PowerOff => "未上电",
        DeviceState::Denied => "无权限",
        DeviceState::UserError => "需人处理",
        DeviceState::HardwareError => "硬件故障",
        DeviceState::FraudSuspected => "疑似异常",
        DeviceState::VendorMode => "维护中",
    }
}
