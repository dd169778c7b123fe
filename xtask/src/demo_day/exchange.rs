//! The days as signed XML: another authority, a centre of its own, takes every message from a folder and receipts it.
//! libxml2 holds each file against the schema on its way; at the end everything is sent a second time.

use super::city::{City, FIRST};
use super::hall::{Hall, morning};
use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use tongban_centre::exchange::Peer;
use tongban_centre::rights::Role;
use tongban_centre::staff::Member;
use tongban_domain::clock::Clock as _;

/// Our name in the envelope, and theirs.
const WE: &str = "890100ZWFW";
const THEY: &str = "890100SJGL";

/// The way between two authorities.
pub struct Exchange {
    them: Hall,
    ours: PathBuf,
    admins: (Member, Member),
    /// Every message as it lay in the folder.
    sent: BTreeMap<String, Vec<u8>>,
    /// Files libxml2 refused.
    invalid: Vec<String>,
    _folder: TempDir,
}

fn peer(code: &str, we: &str, key_hex: &str, folder: &Path) -> Peer {
    Peer {
        code: code.into(),
        name: "示范市数据管理局".into(),
        we: we.into(),
        key_hex: key_hex.into(),
        carrier: "drop".into(),
        address: folder.display().to_string(),
        kinds: vec![],
        provides: vec![],
        may_ask: vec![],
    }
}

impl Exchange {
    /// Sets both sides up; what one lays down the other takes up.
    pub fn open(hall: &mut Hall, seed: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        std::fs::create_dir_all(ours.join("to"))?;
        std::fs::create_dir_all(ours.join("from"))?;
        std::fs::create_dir(&theirs)?;
        std::os::unix::fs::symlink(ours.join("to"), theirs.join("from"))?;
        std::os::unix::fs::symlink(ours.join("from"), theirs.join("to"))?;
        let mut them = Hall::open(seed + 7000, FIRST);
        let admins = (
            hall.hire("data", &[Role::DataAdmin], "890100", "数据管理员"),
            them.hire("data", &[Role::DataAdmin], "890100", "数据管理员"),
        );
        let (our_key, their_key) =
            (hall.window.reply.centre_signing_key_hex.clone(), them.window.reply.centre_signing_key_hex.clone());
        hall.centre().exchange().put_peer(&admins.0, &peer(THEY, WE, &their_key, &ours))?;
        // Nothing of theirs comes here but receipts.
        let quiet = Peer { kinds: vec!["Receipt".into()], ..peer(WE, THEY, &our_key, &theirs) };
        them.centre().exchange().put_peer(&admins.1, &quiet)?;
        Ok(Self { them, ours, admins, sent: BTreeMap::new(), invalid: Vec::new(), _folder: folder })
    }

    /// A night's exchange: until nothing is left to be sent and every receipt is there.
    pub fn night(&mut self, hall: &Hall) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        self.them.clock_to(hall.world.clock.wall());
        loop {
            let round = runtime.block_on(hall.centre().exchange().round())?;
            let done = round.pumped.get(THEY).copied().unwrap_or_default();
            ensure!(round.failed.is_empty(), "partner not served: {:?}", round.failed);
            self.judge()?;
            runtime.block_on(self.them.centre().exchange().round())?;
            if round.queued == 0 && done.sent == 0 && done.acked == 0 {
                return Ok(());
            }
        }
    }

    /// Holds what lies in the folder against the schema, all files in one go.
    fn judge(&mut self) -> Result<()> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.ours.join("to"))?.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|end| end == "xml") {
                let name = entry.file_name().to_string_lossy().into_owned();
                self.sent.insert(name, std::fs::read(&path)?);
                files.push(path);
            }
        }
        if files.is_empty() {
            return Ok(());
        }
        let schema = crate::load::hall::common::assets().join("exchange/exchange.xsd");
        let mut command = Command::new("xmllint");
        let output = command.args(["--noout", "--nonet", "--schema"]).arg(schema).args(&files).output();
        let output = output.context("xmllint (libxml2-utils)")?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            self.invalid.extend(words.lines().filter(|line| !line.ends_with("validates")).map(str::to_owned));
        }
        Ok(())
    }

    /// The books: messages by type, and what does not agree.
    pub fn books(&self, city: &City) -> Result<(BTreeMap<String, u64>, Vec<String>)> {
        let mut faults: Vec<String> = self.invalid.iter().map(|line| format!("libxml2: {line}")).collect();
        let (ours, theirs) = (city.hall.centre().exchange(), self.them.centre().exchange());
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        let days: std::collections::BTreeSet<String> = city.days();
        for day in &days {
            for one in ours.monitor(&self.admins.0, day)?.iter().filter(|one| one.peer == THEY) {
                *kinds.entry(one.kind.clone()).or_default() += one.acked;
                if one.ready + one.laid + one.failed > 0 {
                    faults.push(format!("{day} {}: {} not receipted", one.kind, one.ready + one.laid + one.failed));
                }
            }
        }
        for letter in city.hall.centre().lifecycle().dead_letters()? {
            faults.push(format!("case {} could not be exchanged: {}", letter.case, letter.reason));
        }
        let total: u64 = kinds.values().sum();
        if total != self.sent.len() as u64 {
            faults.push(format!("{} messages were laid down, {total} receipted", self.sent.len()));
        }
        let before = theirs.incoming_dump()?;
        if before.len() as u64 != total {
            faults.push(format!("they hold {} messages, {total} are receipted", before.len()));
        }
        for document in self.sent.values() {
            let (_, verdict) = theirs.receive(document)?;
            if verdict != tongban_protocol::exchange::Verdict::Repeated {
                faults.push(format!("a message sent again was {}", verdict.word()));
            }
        }
        if theirs.incoming_dump()? != before {
            faults.push("messages sent again changed what they hold".into());
        }
        // Control: a changed byte is refused.
        if let Some(document) = self.sent.values().next() {
            let text = String::from_utf8_lossy(document).replacen("<task_state>1<", "<task_state>2<", 1);
            let changed = text.replacen("<row_guid>", "<row_guid>f", 1);
            if theirs.receive(changed.as_bytes()).is_ok_and(|(_, verdict)| verdict.word() != "refused") {
                faults.push("a changed message was taken".into());
            }
        }
        Ok((kinds, faults))
    }
}

impl City {
    /// Every day from the first to today, as the books name them.
    fn days(&self) -> std::collections::BTreeSet<String> {
        let mut days = std::collections::BTreeSet::new();
        let mut day = tongban_domain::limits::local_day(morning(FIRST));
        while day <= self.today() {
            days.insert(tongban_domain::limits::date_text(day));
            let Some(next) = day.next_day() else { break };
            day = next;
        }
        days
    }
}
