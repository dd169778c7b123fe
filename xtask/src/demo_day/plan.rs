//! What will become of each application, decided before it is filed.

use tongban_domain::clock::Rng;
use tongban_protocol::seeded::SeededRng;

/// What the people concerned will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// 准予, licence made and handed over.
    Granted,
    /// 不予许可.
    Denied,
    /// Told what is missing, never heard of again: lapses.
    NeverSupplied,
    /// Nobody looks for five working days: deemed accepted, then granted.
    Silence,
    /// Decided after the promise.
    Late,
    /// Decided after the limit of the law.
    Unlawful,
    /// 容缺, kept.
    PromiseKept,
    /// 容缺, broken: terminated.
    PromiseBroken,
    /// 特别程序.
    Special,
    /// 延期.
    Extended,
    /// 撤回 after acceptance.
    Withdrawn,
    /// 不予受理.
    Rejected,
    /// 退件.
    Returned,
    /// Accepted and not decided when the books are read.
    Open,
}

/// A defect planted in one material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// The material is not there.
    Absent,
    /// The page cannot be read.
    Illegible,
    /// Another paper than the one asked for.
    WrongPaper,
    /// Something no look at the page can find; the reviewer does.
    Hidden,
}

/// One application before it is made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Item key.
    pub item: &'static str,
    /// Which of the city's stations.
    pub station: usize,
    /// What becomes of it.
    pub fate: Fate,
    /// What is wrong with its materials.
    pub defect: Option<Defect>,
    /// Judged before the applicant leaves (一次就成).
    pub judged: bool,
    /// A department's record is objected to.
    pub objection: bool,
    /// A department does not answer.
    pub silent_department: bool,
    /// 1 to 5, when the applicant rates.
    pub grade: Option<u8>,
}

/// Dice.
pub struct Dice(pub SeededRng);

impl Dice {
    /// 0 up to, not including, `below`.
    pub fn upto(&self, below: u32) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) % below.max(1)
    }

    /// So many times in a hundred.
    pub fn percent(&self, often: u32) -> bool {
        self.upto(100) < often
    }

    /// One of weighted choices.
    pub fn pick<T: Copy>(&self, choices: &[(T, u32)]) -> T {
        let mut at = self.upto(choices.iter().map(|(_, weight)| weight).sum());
        for (choice, weight) in choices {
            if at < *weight {
                return *choice;
            }
            at -= weight;
        }
        choices[0].0
    }
}

/// The two proofs come to one station on the first day: their numbers must differ.
const ITEMS: [(&str, u32); 9] = [
    ("jz_first", 14),
    ("sp", 26),
    ("hy", 14),
    ("ws", 10),
    ("qs", 8),
    ("canyin", 6),
    ("cb", 10),
    ("jzz", 8),
    ("bdc", 4),
];

const FATES: [(Fate, u32); 14] = [
    (Fate::Granted, 50),
    (Fate::Denied, 6),
    (Fate::NeverSupplied, 3),
    (Fate::Silence, 4),
    (Fate::Late, 5),
    (Fate::Unlawful, 3),
    (Fate::PromiseKept, 4),
    (Fate::PromiseBroken, 3),
    (Fate::Special, 5),
    (Fate::Extended, 3),
    (Fate::Withdrawn, 4),
    (Fate::Rejected, 3),
    (Fate::Returned, 3),
    (Fate::Open, 4),
];

impl Plan {
    /// The plan of the `n`th application: every item, fate and level comes up early, then by the dice.
    pub fn of(n: usize, stations: usize, dice: &Dice) -> Self {
        let item = ITEMS.get(n).map_or_else(|| dice.pick(&ITEMS), |(item, _)| *item);
        // The second round of applications goes through the fates one by one.
        let turn = n.checked_sub(ITEMS.len()).and_then(|turn| FATES.get(turn));
        let mut plan = Self {
            item: if turn.is_some() { "sp" } else { item },
            station: n % stations,
            fate: turn.map_or_else(|| dice.pick(&FATES), |(fate, _)| *fate),
            defect: dice.percent(30).then(|| {
                dice.pick(&[(Defect::Absent, 4), (Defect::Illegible, 3), (Defect::WrongPaper, 2), (Defect::Hidden, 1)])
            }),
            judged: dice.percent(50),
            objection: dice.percent(8),
            silent_department: dice.percent(6),
            grade: dice.percent(45).then(|| dice.pick(&[(1, 50), (2, 30), (3, 10), (4, 7), (5, 3)])),
        };
        plan.make_possible();
        plan
    }

    /// Whether the item goes to a desk at all.
    pub fn has_desk(&self) -> bool {
        !matches!(self.item, "cb" | "jzz" | "bdc")
    }

    /// Not every fate is open to every item.
    fn make_possible(&mut self) {
        let promised = matches!(self.item, "jz_first" | "sp" | "hy" | "qs");
        if !promised && !matches!(self.fate, Fate::Denied | Fate::Rejected) {
            self.fate = Fate::Granted;
        }
        if !self.has_desk() || self.item == "canyin" {
            (self.fate, self.defect, self.judged) = (Fate::Granted, None, false);
        }
        if !self.has_desk() {
            (self.objection, self.silent_department) = (false, false);
        }
        match self.fate {
            // 容缺 is about one absent material, and nothing else.
            Fate::PromiseKept | Fate::PromiseBroken => {
                (self.item, self.defect, self.judged) = ("sp", None, false);
                (self.objection, self.silent_department) = (false, false);
            }
            Fate::NeverSupplied => (self.defect, self.judged) = (Some(Defect::Absent), false),
            Fate::Silence | Fate::Rejected | Fate::Returned => self.defect = None,
            _ => {}
        }
    }
}
