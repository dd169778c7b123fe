//! 语音: hands sentences to a speech program in its own process. Nothing waits for it.
//!
//! Only sentences of the texts' own file can be said ([`Sentence`]): they carry no names, no
//! numbers and no answers, so that nothing personal is ever said aloud in a hall.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often the end of a sentence is looked for, so that no ended process stays behind.
const LOOK: Duration = Duration::from_millis(500);
/// Words a minute of the program's usual speed.
const WORDS_A_MINUTE: f32 = 170.0;

/// Defines the closed set of sentences: variant and key.
macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident => $key:literal,)+) => {
        /// A sentence that may be said. Its text has no place to put anything in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Sentence { $($(#[$doc])* $name),+ }

        impl Sentence {
            /// Every sentence.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Fluent key of its text.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key),+ }
            }
        }
    };
}

sentences! {
    /// The home page.
    Home => "speech-home",
    /// 刷卡.
    Identify => "speech-identify",
    /// The card was not read.
    CardLift => "speech-card-lift",
    /// The card lies on the reader at the end.
    CardTake => "speech-card-take",
    /// 告知.
    Consent => "speech-consent",
    /// The camera looks.
    Face => "speech-face",
    /// A finger is asked for.
    Finger => "speech-finger",
    /// A person decides.
    Person => "speech-person",
    /// 选事项.
    Items => "speech-items",
    /// Departments are being asked.
    Shares => "speech-shares",
    /// A record waits to be read.
    Confirm => "speech-confirm",
    /// 填表.
    Form => "speech-form",
    /// 拍摄.
    Capture => "speech-capture",
    /// The page is good, another one is missing.
    CaptureNext => "speech-capture-next",
    /// The page has to be taken again.
    CaptureAgain => "speech-capture-again",
    /// 靠近.
    CaptureCloser => "speech-capture-closer",
    /// 太暗.
    CaptureDark => "speech-capture-dark",
    /// 缺角.
    CaptureCut => "speech-capture-cut",
    /// 反光.
    CaptureGlare => "speech-capture-glare",
    /// 手指遮挡.
    CaptureFinger => "speech-capture-finger",
    /// It lies well.
    CaptureHold => "speech-capture-hold",
    /// 签认.
    SignOff => "speech-signoff",
    /// 提交.
    Submit => "speech-submit",
    /// 回执.
    Receipt => "speech-receipt",
    /// 证明.
    Proof => "speech-proof",
    /// Nobody has touched the page.
    Idle => "speech-idle",
    /// The visit is over.
    End => "speech-end",
    /// Somebody is on the way.
    Help => "speech-help",
    /// There is no network.
    Offline => "speech-offline",
    /// Mains have failed.
    Power => "speech-power",
    /// A fault stands on the page.
    Fault => "speech-fault",
}

/// What to do.
enum Order {
    Say { text: String, volume: u8, rate: f32 },
    Hush,
}

/// The voice of a kiosk.
#[derive(Clone)]
pub struct Speech {
    orders: Option<Sender<Order>>,
}

impl std::fmt::Debug for Speech {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Speech({})", if self.is_there() { "there" } else { "none" })
    }
}

impl Speech {
    /// A kiosk without a voice.
    #[must_use]
    pub fn none() -> Self {
        Self { orders: None }
    }

    /// The voice of `program` (a name on the search path or a path), if it is there.
    #[must_use]
    pub fn start(program: &str, voice: &str) -> Self {
        let Some(program) = find(program) else { return Self::none() };
        let (orders, received) = channel();
        let voice = voice.to_owned();
        let started =
            std::thread::Builder::new().name("speech".to_owned()).spawn(move || talk(&received, &program, &voice));
        match started {
            Ok(_) => Self { orders: Some(orders) },
            Err(error) => {
                tracing::error!(%error, "no thread for speech");
                Self::none()
            }
        }
    }

    /// There is a program to speak with.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.orders.is_some()
    }

    /// Says a text of the texts' own file, in place of what is being said. `volume` in percent,
    /// `rate` against the usual speed.
    pub fn say(&self, text: String, volume: u8, rate: f32) {
        self.order(Order::Say { text, volume: volume.min(100), rate });
    }

    /// Says nothing more.
    pub fn hush(&self) {
        self.order(Order::Hush);
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }
}

/// The program by name or path; an empty name is no program.
fn find(program: &str) -> Option<PathBuf> {
    if program.is_empty() {
        return None;
    }
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// One sentence at a time; a new one takes the place of the old.
fn talk(orders: &Receiver<Order>, program: &Path, voice: &str) {
    let mut speaking: Option<Child> = None;
    loop {
        let order = if speaking.is_some() {
            match orders.recv_timeout(LOOK) {
                Ok(order) => order,
                Err(RecvTimeoutError::Timeout) => {
                    if speaking.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None))) {
                        speaking = None;
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        } else {
            match orders.recv() {
                Ok(order) => order,
                Err(_) => break,
            }
        };
        // What was overtaken before it began is not said.
        let order = orders.try_iter().last().unwrap_or(order);
        silence(&mut speaking);
        if let Order::Say { text, volume, rate } = order {
            match command(program, voice, &text, volume, rate).spawn() {
                Ok(child) => speaking = Some(child),
                Err(error) => tracing::warn!(%error, program = %program.display(), "speech program does not start"),
            }
        }
    }
    silence(&mut speaking);
}

fn silence(speaking: &mut Option<Child>) {
    if let Some(mut child) = speaking.take() {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The call of the program: speech-dispatcher's client by its own options, anything else as espeak-ng is called.
fn command(program: &Path, voice: &str, text: &str, volume: u8, rate: f32) -> Command {
    let mut command = Command::new(program);
    if program.file_name().is_some_and(|name| name == "spd-say") {
        // Both scales run from -100 to 100 around the usual.
        let volume = (i32::from(volume) * 2 - 100).to_string();
        #[expect(clippy::cast_possible_truncation, reason = "a rate is near one")]
        let rate = ((rate - 1.0) * 100.0) as i32;
        command.args(["--wait", "--language", voice, "--volume", &volume, "--rate", &rate.to_string(), "--", text]);
    } else {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is near one")]
        let words = (WORDS_A_MINUTE * rate) as u32;
        command.args(["-v", voice, "-a", &volume.to_string(), "-s", &words.to_string(), "--", text]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Instant;

    /// A stand-in that writes what it was asked to say and then takes its time, as speech does.
    fn stand_in(folder: &Path, seconds: &str) -> PathBuf {
        let path = folder.join("say.sh");
        let script = format!("#!/bin/sh\necho \"$*\" >> {}/said\nexec sleep {seconds}\n", folder.display());
        std::fs::write(&path, script).expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("made a program");
        path
    }

    fn said(folder: &Path, lines: usize) -> Vec<String> {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let text = std::fs::read_to_string(folder.join("said")).unwrap_or_default();
            if text.lines().count() >= lines || Instant::now() > until {
                return text.lines().map(str::to_owned).collect();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_sentence_takes_the_place_of_the_one_before_and_nobody_waits() {
        let folder = tempfile::tempdir().expect("a directory");
        let speech = Speech::start(&stand_in(folder.path(), "30").display().to_string(), "cmn");
        let began = Instant::now();
        speech.say("您好".to_owned(), 80, 1.0);
        assert_eq!(said(folder.path(), 1).len(), 1);
        speech.say("请取回身份证".to_owned(), 40, 0.85);
        let lines = said(folder.path(), 2);
        assert!(began.elapsed() < Duration::from_secs(10), "the second did not wait for the first to end");
        assert_eq!(lines, ["-v cmn -a 80 -s 170 -- 您好", "-v cmn -a 40 -s 144 -- 请取回身份证"]);
    }

    #[test]
    fn what_is_hushed_is_not_said_to_its_end() {
        let folder = tempfile::tempdir().expect("a directory");
        let script = stand_in(folder.path(), "1");
        let slow = "#!/bin/sh\necho begun >> DIR/said\nsleep 1\necho ended >> DIR/said\n";
        std::fs::write(&script, slow.replace("DIR", &folder.path().display().to_string())).expect("written");
        let speech = Speech::start(&script.display().to_string(), "cmn");
        speech.say("甲".to_owned(), 80, 1.0);
        assert_eq!(said(folder.path(), 1), ["begun"]);
        speech.hush();
        std::thread::sleep(Duration::from_millis(1_500));
        assert_eq!(said(folder.path(), 1), ["begun"], "it went on after it was hushed");
        speech.say("乙".to_owned(), 80, 1.0);
        assert_eq!(said(folder.path(), 3), ["begun", "begun", "ended"], "and left alone it ends");
    }

    #[test]
    fn without_a_program_there_is_no_voice() {
        assert!(!Speech::start("", "cmn").is_there());
        assert!(!Speech::start("no-such-speech-program", "cmn").is_there());
        assert!(!Speech::start("/nowhere/say", "cmn").is_there());
        assert!(Speech::start("sh", "cmn").is_there(), "the control: a program on the search path is found");
        Speech::none().say("甲".to_owned(), 80, 1.0);
    }
}
