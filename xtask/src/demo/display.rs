//! A display of our own: Xvfb and openbox; fingers are X test events, screenshots come from the root window.

use crate::processes::Process;
use anyhow::{Context, Result, anyhow};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt, ImageFormat, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
    MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as XtestExt;
use x11rb::rust_connection::RustConnection;

/// One virtual display.
pub struct Display {
    name: String,
    connection: RustConnection,
    root: u32,
    width: u16,
    height: u16,
    _own: Option<(Process, Process)>,
}

impl Display {
    /// Starts Xvfb on a free display number with a screen of this size, and openbox on it.
    pub fn start(width: u16, height: u16, logs: &Path) -> Result<Self> {
        let (server, number) = start_server(width, height, logs)?;
        let name = format!(":{number}");
        let (connection, screen) = connect(&name)?;
        let root = connection.setup().roots[screen].root;
        let mut openbox = Command::new("openbox");
        let config = logs.join(format!("openbox-{number}.xml"));
        std::fs::write(&config, OPENBOX)?;
        openbox.arg("--sm-disable").arg("--config-file").arg(&config).env("DISPLAY", &name);
        let openbox = Process::start(&format!("openbox-{number}"), openbox, logs)?;
        Ok(Self { name, connection, root, width, height, _own: Some((openbox, server)) })
    }

    /// The display the user sits at; nothing of it is started or stopped here.
    pub fn existing() -> Result<Self> {
        let name = std::env::var("DISPLAY").context("no display: set DISPLAY or use --headless")?;
        let (connection, screen) = connect(&name)?;
        let root = &connection.setup().roots[screen];
        let (root, width, height) = (root.root, root.width_in_pixels, root.height_in_pixels);
        Ok(Self { name, connection, root, width, height, _own: None })
    }

    /// Value for `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Touches a point: the pointer moves there, presses and lifts.
    pub fn touch(&self, x: i32, y: i32) -> Result<()> {
        let (x, y) = (i16::try_from(x)?, i16::try_from(y)?);
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y)?;
        std::thread::sleep(Duration::from_millis(15));
        self.fake(BUTTON_PRESS_EVENT, 1, x, y)?;
        std::thread::sleep(Duration::from_millis(25));
        self.fake(BUTTON_RELEASE_EVENT, 1, x, y)
    }

    /// Turns the wheel `steps` notches down at a point (up when negative).
    pub fn wheel(&self, x: i32, y: i32, steps: i32) -> Result<()> {
        let (x, y) = (i16::try_from(x)?, i16::try_from(y)?);
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y)?;
        let button = if steps < 0 { 4 } else { 5 };
        for _ in 0..steps.abs() {
            self.fake(BUTTON_PRESS_EVENT, button, x, y)?;
            self.fake(BUTTON_RELEASE_EVENT, button, x, y)?;
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Puts characters on keys nobody uses, before a program looks at the keyboard: what an input method would send.
    pub fn learn(&self, characters: &str) -> Result<()> {
        let setup = self.connection.setup();
        let (low, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let map = self.connection.get_keyboard_mapping(low, count)?.reply()?;
        let per = map.keysyms_per_keycode;
        let mut wanted: Vec<char> = characters.chars().filter(|c| !c.is_ascii()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let unused = map
            .keysyms
            .chunks(usize::from(per))
            .zip(low..=setup.max_keycode)
            .filter(|(keys, _)| keys.iter().all(|k| *k == 0));
        let free: Vec<u8> = unused.map(|(_, code)| code).collect();
        anyhow::ensure!(free.len() >= wanted.len(), "{} characters, {} unused keys", wanted.len(), free.len());
        for (character, code) in wanted.into_iter().zip(free) {
            self.connection
                .change_keyboard_mapping(1, code, per, &vec![symbol(character); usize::from(per)])?
                .check()?;
        }
        Ok(())
    }

    /// Types text as key strokes (what a barcode scanner or keyboard sends).
    pub fn keys(&self, text: &str) -> Result<()> {
        let setup = self.connection.setup();
        let (low, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let map = self.connection.get_keyboard_mapping(low, count)?.reply()?;
        let per = usize::from(map.keysyms_per_keycode);
        for character in text.chars() {
            let symbol = symbol(character);
            let at =
                map.keysyms.iter().position(|s| *s == symbol).ok_or_else(|| anyhow!("no key for {character:?}"))?;
            let code = low + u8::try_from(at / per)?;
            let shift = at % per == 1;
            if shift {
                self.fake(KEY_PRESS_EVENT, 50, 0, 0)?;
            }
            self.fake(KEY_PRESS_EVENT, code, 0, 0)?;
            self.fake(KEY_RELEASE_EVENT, code, 0, 0)?;
            if shift {
                self.fake(KEY_RELEASE_EVENT, 50, 0, 0)?;
            }
            std::thread::sleep(Duration::from_millis(8));
        }
        Ok(())
    }

    /// Deletes up to `count` characters before the end of the field that has the focus.
    pub fn clear(&self, count: usize) -> Result<()> {
        let mut keys = String::from('\u{ff57}');
        keys.extend(std::iter::repeat_n('\u{ff08}', count));
        self.keys(&keys)
    }

    fn fake(&self, kind: u8, detail: u8, x: i16, y: i16) -> Result<()> {
        self.connection.xtest_fake_input(kind, detail, 0, self.root, x, y, 0)?;
        self.connection.flush()?;
        Ok(())
    }

    /// Writes a rectangle of the screen as PNG; the whole screen when `area` is `None`.
    pub fn screenshot(&self, path: &Path, area: Option<(i16, i16, u16, u16)>) -> Result<()> {
        let (x, y, width, height) = area.unwrap_or((0, 0, self.width, self.height));
        let reply = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, u32::MAX)?
            .reply()
            .context("reading the screen")?;
        let rgb: Vec<u8> = reply.data.chunks_exact(4).flat_map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]]).collect();
        let picture = image::RgbImage::from_raw(u32::from(width), u32::from(height), rgb)
            .ok_or_else(|| anyhow!("screen data has another size"))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        picture.save(path).with_context(|| format!("writing {}", path.display()))
    }
}

/// X keysym of a character; beyond Latin-1 the Unicode range.
fn symbol(character: char) -> u32 {
    match character {
        '\n' => 0xff0d,
        // End and backspace by their keysyms.
        '\u{ff57}' => 0xff57,
        '\u{ff08}' => 0xff08,
        c if (c as u32) < 0x100 => c as u32,
        c => 0x0100_0000 + c as u32,
    }
}

/// The server picks a free number itself and tells it, so that two started at once never meet.
fn start_server(width: u16, height: u16, logs: &Path) -> Result<(Process, u32)> {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let name = format!("xvfb-{}", STARTED.fetch_add(1, Ordering::Relaxed));
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp"]);
    let mut server = Process::start(&name, command, logs)?;
    let log = logs.join(format!("{name}.log"));
    let mut number = None;
    server.wait_until(Duration::from_secs(10), "display number", || {
        let words = std::fs::read_to_string(&log).unwrap_or_default();
        number = words.lines().find_map(|line| line.trim().parse().ok());
        number.is_some()
    })?;
    Ok((server, number.context("a display number")?))
}

fn connect(name: &str) -> Result<(RustConnection, usize)> {
    let mut last = None;
    for _ in 0..100 {
        match x11rb::connect(Some(name)) {
            Ok(connected) => return Ok(connected),
            Err(error) => last = Some(error),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(anyhow!("display {name} refuses connections: {last:?}"))
}

/// No key bindings, no menus, no decorations; a touch gives a window the keyboard. What a kiosk session ships.
const OPENBOX: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <keyboard/>
  <mouse><context name="Client">
    <mousebind button="Left" action="Press"><action name="Focus"/></mousebind>
  </context></mouse>
  <applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>
"#;
