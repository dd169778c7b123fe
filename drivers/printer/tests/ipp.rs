//! The IPP driver against a real printer process (`ippeveprinter`) on loopback.

#[path = "../../../xtask/src/ipp_printer.rs"]
#[allow(dead_code, reason = "the demonstration uses other parts of it")]
mod ipp_printer;

use ipp::prelude::*;
use ipp_printer::IppPrinter;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::Printer;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{PrintEnd, PrintJob, Progress, Setup};
use tongban_device::state::{DeviceKind, DeviceState};

const DOCUMENT: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// A printer process and our driver for it.
struct Bench {
    printer: IppPrinter,
    setup: Setup,
    seen: Arc<Mutex<Vec<(Duration, Progress)>>>,
    _dir: tempfile::TempDir,
}

impl Bench {
    fn new(options: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("temp dir");
        let printer = IppPrinter::launch(dir.path()).expect("ippeveprinter starts (package cups-ipp-utils, dbus)");
        let options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let setup =
            Setup { kind: DeviceKind::DocumentPrinter, driver: "ipp".into(), port: printer.uri.clone(), options };
        Self { printer, setup, seen: Arc::default(), _dir: dir }
    }

    fn driver(&self) -> Box<dyn Printer> {
        tongban_printer::open(&self.setup).expect("opens")
    }

    /// Runs `call` with a control; what it reports is kept with its time.
    fn with_control<T>(&self, budget_ms: u64, cancel: &CancelFlag, call: impl FnOnce(&mut OpControl<'_>) -> T) -> T {
        let began = Instant::now();
        let mut note = |progress| self.seen.lock().expect("lock").push((began.elapsed(), progress));
        call(&mut OpControl::new(Duration::from_millis(budget_ms), cancel.clone(), &mut note))
    }

    fn print(&self, name: &str, budget_ms: u64) -> Result<PrintEnd, DeviceFault> {
        self.with_control(budget_ms, &CancelFlag::new(), |ctl| self.driver().print(&job(name), ctl))
    }

    fn find(&self, name: &str) -> PrintEnd {
        self.with_control(5000, &CancelFlag::new(), |ctl| self.driver().find_job(name, ctl)).expect("asks")
    }

    /// How many sheets came out for this job.
    fn sheets(&self, name: &str) -> usize {
        let sheets = self.printer.printed_sheets().expect("lists");
        sheets.iter().filter(|path| path.to_string_lossy().ends_with(&format!("-{name}.pdf"))).count()
    }

    /// When a reason was first reported.
    fn reported(&self, reason: &str) -> Option<Duration> {
        let seen = self.seen.lock().expect("lock");
        seen.iter()
            .find(|(_, p)| matches!(p, Progress::JobState { reasons, .. } if reasons.first().is_some_and(|r| r == reason)))
            .map(|(at, _)| *at)
    }

    fn wait_started(&self, name: &str) {
        let until = Instant::now() + Duration::from_secs(5);
        while !self.printer.started_jobs().iter().any(|started| started == name) {
            assert!(Instant::now() < until, "{name} was never taken up");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn job(name: &str) -> PrintJob {
    PrintJob {
        job_name: name.into(),
        document: DOCUMENT.to_vec(),
        media_type: "application/pdf".into(),
        media: "iso_a4_210x297mm".into(),
        copies: 1,
    }
}

/// What a station leaves behind that dies between Create-Job and Send-Document.
fn leave_half_made(uri: &str, name: &str, user: &str) -> i32 {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let uri: Uri = uri.parse().expect("uri");
    let mut request =
        IppRequestResponse::new(IppVersion::v1_1(), Operation::CreateJob, Some(uri.clone())).expect("request");
    for (key, value) in [("requesting-user-name", user), ("job-name", name)] {
        let value = IppValue::new_name_without_language(value).expect("a name");
        let attribute = IppAttribute::with_name(key, value).expect("attribute");
        request.attributes_mut().add(DelimiterTag::OperationAttributes, attribute);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let answer = runtime.block_on(AsyncIppClient::new(uri).send(request)).expect("answers");
    assert!(answer.header().status_code().is_success(), "{:?}", answer.header().status_code());
    let group = answer.attributes().first_of(DelimiterTag::JobAttributes).expect("job group");
    *group.get("job-id").expect("job-id").value().as_integer().expect("a number")
}

#[test]
fn a_document_is_printed_once_and_arrives_byte_for_byte() {
    let bench = Bench::new(&[]);
    let end = bench.print("print-0001", 10_000).expect("prints");
    let PrintEnd::Done { job_uuid, impressions } = end.clone() else { panic!("{end:?}") };
    assert!(job_uuid.starts_with("urn:uuid:"), "{job_uuid}");
    assert_eq!(impressions, Some(1));
    let spooled = bench.printer.spooled_documents().expect("lists");
    assert_eq!(spooled.len(), 1, "{spooled:?}");
    assert_eq!(std::fs::read(&spooled[0]).expect("reads"), DOCUMENT);
    let sent = bench
        .seen
        .lock()
        .expect("lock")
        .iter()
        .any(|(_, p)| matches!(p, Progress::JobSent { job_uuid: uuid, .. } if *uuid == job_uuid));
    assert!(sent, "the identity was told before the end");
    assert_eq!(bench.find("print-0001"), end, "the job is found again by its name");
    assert_eq!(bench.print("print-0001", 10_000).expect("asks"), end, "the same job is never sent twice");
    assert_eq!(bench.sheets("print-0001"), 1);
    // Negative control: another name is another job, and the count sees it.
    bench.print("print-0002", 10_000).expect("prints");
    assert_eq!(bench.printer.printed_sheets().expect("lists").len(), 2);
}

#[test]
fn health_names_the_printer_and_every_fault_has_its_code() {
    let bench = Bench::new(&[]);
    let health = || bench.with_control(3000, &CancelFlag::new(), |ctl| bench.driver().health(ctl)).expect("answers");
    let well = health();
    assert_eq!((well.state, well.code), (DeviceState::Online, None));
    assert!(well.evidence["printer-make-and-model"].contains("Test Printer"), "{:?}", well.evidence);
    assert!(well.evidence["printer-uuid"].starts_with("urn:uuid:"));
    assert!(well.evidence["media-ready"].contains("iso_a4_210x297mm"), "{:?}", well.evidence);
    for (fault, code) in
        [("media-jam", "P102"), ("cover-open", "P103"), ("toner-empty", "P104"), ("media-empty", "P101")]
    {
        bench.printer.set_fault(fault).expect("sets");
        thread::scope(|scope| {
            let name = format!("job-{fault}");
            let printing = scope.spawn({
                let name = name.clone();
                let bench = &bench;
                move || bench.driver_print_quietly(&name)
            });
            bench.wait_started(&name);
            thread::sleep(Duration::from_millis(150));
            let ill = health();
            assert_eq!((ill.state, ill.code.map(|c| c.as_str())), (DeviceState::UserError, Some(code)), "{fault}");
            bench.printer.set_fault("").expect("clears");
            assert!(matches!(printing.join().expect("no panic"), Ok(PrintEnd::Done { .. })), "{fault}");
        });
        assert_eq!(health().state, DeviceState::Online, "well again after {fault}");
    }
}

impl Bench {
    fn driver_print_quietly(&self, name: &str) -> Result<PrintEnd, DeviceFault> {
        let mut quiet = |_| {};
        let mut ctl = OpControl::new(Duration::from_secs(10), CancelFlag::new(), &mut quiet);
        self.driver().print(&job(name), &mut ctl)
    }
}

#[test]
fn paper_out_is_seen_within_a_second_and_the_job_ends_when_paper_is_put_in() {
    let bench = Bench::new(&[]);
    bench.printer.set_fault("media-empty").expect("sets");
    let end = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(1500));
            bench.printer.set_fault("").expect("clears");
        });
        bench.print("paper", 10_000).expect("prints")
    });
    assert!(matches!(end, PrintEnd::Done { .. }), "{end:?}");
    let seen = bench.reported("media-empty").expect("reported");
    assert!(seen < Duration::from_secs(1), "{seen:?}");
    assert_eq!(bench.sheets("paper"), 1);
}

#[test]
fn an_aborted_job_that_fed_nothing_is_not_printed_and_one_after_a_jam_is_unknown() {
    let bench = Bench::new(&[]);
    bench.printer.set_fault("abort").expect("sets");
    let end = bench.print("abort", 10_000).expect("prints");
    let PrintEnd::NotPrinted { reason } = &end else { panic!("{end:?}") };
    assert!(reason.starts_with("aborted"), "{reason}");
    assert_eq!(bench.sheets("abort"), 0);
    assert_eq!(bench.find("abort"), end, "the verdict stays");
    bench.printer.set_fault("media-jam").expect("sets");
    let end = thread::scope(|scope| {
        scope.spawn(|| {
            bench.wait_started("jam");
            thread::sleep(Duration::from_millis(700));
            bench.printer.set_fault("").expect("clears");
        });
        let cancel = CancelFlag::new();
        scope.spawn({
            let cancel = cancel.clone();
            move || {
                thread::sleep(Duration::from_millis(400));
                cancel.cancel();
            }
        });
        bench.with_control(10_000, &cancel, |ctl| bench.driver().print(&job("jam"), ctl)).expect("prints")
    });
    // Cancelled while the jam stood; the printer finished the sheet all the same.
    assert!(matches!(end, PrintEnd::Unknown { .. }), "{end:?}");
    assert_eq!(bench.sheets("jam"), 1, "cancelled did mean printed");
}

#[test]
fn a_printer_killed_in_the_middle_leaves_an_unknown_and_its_job_numbers_confuse_nobody() {
    let mut bench = Bench::new(&[("lost_ms", "600")]);
    bench.printer.set_fault("slow").expect("sets");
    let setup = bench.setup.clone();
    let printing = thread::spawn(move || {
        let mut quiet = |_| {};
        let mut ctl = OpControl::new(Duration::from_secs(15), CancelFlag::new(), &mut quiet);
        tongban_printer::open(&setup).expect("opens").print(&job("first"), &mut ctl)
    });
    bench.wait_started("first");
    thread::sleep(Duration::from_millis(200));
    bench.printer.stop();
    let end = printing.join().expect("no panic").expect("an end, not a fault");
    assert_eq!(end, PrintEnd::Unknown { reason: "printer-lost".into() });
    // Off: nothing was handed over, so that is a fault.
    assert_eq!(bench.print("off", 2000), Err(DeviceFault::NoDevice));
    // On again, numbers from 1: another station's job takes the number ours had.
    bench.printer.set_fault("").expect("clears");
    bench.printer.start().expect("starts again");
    assert!(matches!(bench.print("second", 10_000), Ok(PrintEnd::Done { .. })));
    assert_eq!(bench.find("first"), PrintEnd::Unknown { reason: "not-found".into() });
    assert_eq!((bench.sheets("first"), bench.sheets("second")), (0, 1));
}

#[test]
fn a_restart_during_a_job_is_noticed_although_the_number_is_another_jobs_now() {
    let mut bench = Bench::new(&[("lost_ms", "20000")]);
    // The printer has been up for a while: its numbers are taken, its clock is ahead.
    bench.print("earlier", 10_000).expect("prints");
    bench.printer.set_fault("slow").expect("sets");
    let setup = bench.setup.clone();
    let printing = thread::spawn(move || {
        let mut quiet = |_| {};
        let mut ctl = OpControl::new(Duration::from_secs(15), CancelFlag::new(), &mut quiet);
        tongban_printer::open(&setup).expect("opens").print(&job("ours"), &mut ctl)
    });
    bench.wait_started("ours");
    thread::sleep(Duration::from_millis(300));
    bench.printer.stop();
    bench.printer.set_fault("").expect("clears");
    bench.printer.start().expect("starts again");
    let _one = leave_half_made(&bench.printer.uri, "foreign", "somebody");
    let end = printing.join().expect("no panic").expect("an end, not a fault");
    assert!(matches!(end, PrintEnd::Unknown { .. }), "{end:?}");
    assert_eq!(bench.sheets("ours"), 0);
    assert_eq!(bench.printer.started_jobs().iter().filter(|n| *n == "ours").count(), 1, "never sent again");
}

#[test]
fn a_job_left_without_a_document_is_withdrawn_and_other_peoples_jobs_are_not() {
    let bench = Bench::new(&[("orphan_ms", "0")]);
    let _id = leave_half_made(&bench.printer.uri, "left", "tongban");
    assert_eq!(bench.find("left"), PrintEnd::NotPrinted { reason: "no-document-sent".into() });
    let _id = leave_half_made(&bench.printer.uri, "left-2", "tongban");
    assert!(matches!(bench.print("after", 5000), Ok(PrintEnd::Done { .. })), "the orphan no longer blocks");
    assert_eq!(bench.sheets("left-2"), 0);
    // Negative control: a stranger's half-made job is not ours to cancel; the printer stays busy for us.
    let _id = leave_half_made(&bench.printer.uri, "strangers", "somebody");
    let end = bench.print("blocked", 1500).expect("an end");
    assert_eq!(end, PrintEnd::NotPrinted { reason: "ServerErrorBusy".into() });
    assert!(
        bench
            .seen
            .lock()
            .expect("lock")
            .iter()
            .any(|(_, p)| matches!(p, Progress::JobState { state, .. } if state == "busy"))
    );
    assert_eq!(bench.sheets("blocked"), 0);
}

#[test]
fn a_busy_printer_is_waited_for() {
    let bench = Bench::new(&[]);
    bench.printer.set_fault("slow").expect("sets");
    thread::scope(|scope| {
        let first = scope.spawn(|| bench.driver_print_quietly("one"));
        bench.wait_started("one");
        let second = scope.spawn(|| bench.driver_print_quietly("two"));
        thread::sleep(Duration::from_millis(500));
        bench.printer.set_fault("").expect("clears");
        assert!(matches!(first.join().expect("no panic"), Ok(PrintEnd::Done { .. })));
        assert!(matches!(second.join().expect("no panic"), Ok(PrintEnd::Done { .. })));
    });
    assert_eq!((bench.sheets("one"), bench.sheets("two")), (1, 1));
}

#[test]
fn a_refused_document_is_not_printed_and_a_passed_deadline_is_unknown() {
    let bench = Bench::new(&[]);
    let refused = PrintJob { media_type: "application/x-nobody-knows".into(), ..job("refused") };
    let end = bench.with_control(5000, &CancelFlag::new(), |ctl| bench.driver().print(&refused, ctl)).expect("an end");
    assert!(matches!(end, PrintEnd::NotPrinted { .. }), "{end:?}");
    assert_eq!(bench.sheets("refused"), 0);
    bench.printer.set_fault("slow").expect("sets");
    let began = Instant::now();
    let end = bench.print("late", 1500).expect("an end");
    assert!(matches!(end, PrintEnd::Unknown { .. }), "{end:?}");
    assert!(began.elapsed() < Duration::from_millis(2500), "{:?}", began.elapsed());
    bench.printer.set_fault("").expect("clears");
}

#[test]
fn a_port_that_is_no_printer_is_a_fault_and_never_hangs() {
    let setup = |port: &str| Setup {
        kind: DeviceKind::DocumentPrinter,
        driver: "ipp".into(),
        port: port.into(),
        options: BTreeMap::new(),
    };
    assert!(matches!(tongban_printer::open(&setup("http://localhost/")), Err(DeviceFault::Unsupported)));
    assert!(matches!(tongban_printer::open(&setup("not a uri")), Err(DeviceFault::Unsupported)));
    // Listens and says nothing; answers rubbish.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = silent.local_addr().expect("has one").port();
    let mut driver = tongban_printer::open(&setup(&format!("ipp://127.0.0.1:{port}/ipp/print"))).expect("opens");
    let mut quiet = |_| {};
    let began = Instant::now();
    let mut ctl = OpControl::new(Duration::from_millis(400), CancelFlag::new(), &mut quiet);
    assert!(matches!(driver.print(&job("x"), &mut ctl), Err(DeviceFault::Timeout(_))));
    assert!(began.elapsed() < Duration::from_secs(2));
    let rubbish = thread::spawn(move || {
        use std::io::{Read, Write};
        let (_first, _) = silent.accept().expect("accepts");
        let (mut stream, _) = silent.accept().expect("accepts");
        let mut head = [0; 4096];
        let _read = stream.read(&mut head);
        let _sent = stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n\x02\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        );
    });
    let mut ctl = OpControl::new(Duration::from_secs(2), CancelFlag::new(), &mut quiet);
    let answer = driver.print(&job("x"), &mut ctl);
    assert!(matches!(answer, Err(DeviceFault::Protocol(_) | DeviceFault::Hardware(_))), "{answer:?}");
    rubbish.join().expect("no panic");
}
