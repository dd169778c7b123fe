//! 检视口 (demo only): tells an outside driver what is on screen. It presses nothing itself;
//! the driver's touches go through the display server.

use futures::channel::{mpsc, oneshot};
use futures::{SinkExt, Stream};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tongban_ui::inspect::{Kind, Seen};

/// A question; the answer is one JSON line.
#[derive(Debug, Clone)]
pub struct Question {
    /// `state`, `seen`, or a command of the simulator panel.
    pub text: String,
    reply: Arc<Mutex<Option<oneshot::Sender<String>>>>,
}

impl Question {
    /// Answers it; a second answer is dropped.
    pub fn answer(&self, json: String) {
        let sender = self.reply.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(sender) = sender {
            let _ = sender.send(json);
        }
    }
}

/// Listens at `socket`; each connection asks line by line.
pub fn questions(socket: &Path) -> impl Stream<Item = Question> + use<> {
    let socket: PathBuf = socket.to_owned();
    iced::stream::channel(8, async move |output: mpsc::Sender<Question>| {
        let _ = std::fs::remove_file(&socket);
        match UnixListener::bind(&socket) {
            Ok(listener) => {
                std::thread::spawn(move || {
                    for stream in listener.incoming().flatten() {
                        let output = output.clone();
                        std::thread::spawn(move || serve(stream, output));
                    }
                });
            }
            Err(error) => tracing::error!(%error, "inspector socket"),
        }
        std::future::pending::<()>().await;
    })
}

fn serve(mut stream: UnixStream, mut output: mpsc::Sender<Question>) {
    let Ok(reader) = stream.try_clone() else { return };
    let _ = stream.set_write_timeout(Some(Duration::from_secs(5)));
    for line in BufReader::new(reader).lines().map_while(Result::ok) {
        let (reply, answer) = oneshot::channel();
        let question = Question { text: line, reply: Arc::new(Mutex::new(Some(reply))) };
        if futures::executor::block_on(output.send(question)).is_err() {
            return;
        }
        let Ok(answer) = futures::executor::block_on(answer) else { return };
        if writeln!(stream, "{answer}").is_err() {
            return;
        }
    }
}

/// What is on screen, as the driver reads it.
#[must_use]
pub fn describe(seen: &[Seen], scale: f32) -> String {
    let rows: Vec<_> = seen
        .iter()
        .map(|seen| {
            let (text, enabled) = match &seen.kind {
                Kind::Area => (String::new(), true),
                Kind::Press { label, enabled, .. } => (label.clone(), *enabled),
                Kind::Text(text) | Kind::Input(text) => (text.clone(), true),
            };
            let bounds = [seen.bounds.x, seen.bounds.y, seen.bounds.width, seen.bounds.height].map(|side| side * scale);
            let press = matches!(seen.kind, Kind::Press { .. });
            serde_json::json!({"id": seen.id.clone().unwrap_or_default(), "text": text, "enabled": enabled, "press": press, "bounds": bounds})
        })
        .collect();
    serde_json::Value::Array(rows).to_string()
}
