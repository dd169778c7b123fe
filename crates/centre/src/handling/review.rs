//! 在办 to 决定: steps, returns, stops, extension, hearing, decision, end; and what follows it.

use super::{Act, Desk};
use crate::error::{CentreError, Refusal, Result};
use crate::papers::{Says, day_words};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{CloseCode, Event, PaperKind, SpecialKind};
use tongban_domain::ids::StaffId;
use tongban_domain::item::{CaseType, Flow, ResultKind, Seat, flow};
use tongban_domain::limits::{LimitKind, date_text};
use tongban_protocol::action::Actor;

fn conflict(detail: impl Into<String>) -> CentreError {
    CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, detail)
}

impl Desk<'_, '_> {
    pub(super) fn take_review(&mut self, act: &Act) -> Result<()> {
        match act {
            Act::Suspend { kind, name, days, reason } => self.suspend(*kind, name, *days, reason),
            Act::Resume { result } => {
                let (by, hand) = (self.id(), self.hand.clone());
                self.say(Event::Resumed { by, hand, result: result.clone() })
            }
            Act::Extend { days, reason, approval } => self.extend(*days, reason, approval),
            Act::Hearing { host, record } => self.hearing(host, record),
            Act::Step { step, passed, opinion } => self.step(step, *passed, opinion),
            Act::ReturnStep { step, to, reason } => self.return_step(step, to, reason),
            Act::Assign { step, to, reason } => {
                if crate::staff::find(self.tx, &to.0)?.is_none_or(|member| !member.active) {
                    return Err(CentreError::not_found("person"));
                }
                let (step, to, by, reason) = (step.clone(), to.clone(), self.id(), reason.clone());
                self.say(Event::Assigned { step, to, by, reason })
            }
            Act::Decide { granted, opinion } => self.decide(*granted, opinion),
            Act::Terminate { reason } => self.terminate(reason),
            Act::Withdraw { reason } => {
                let event = Event::Withdrawn { reason: reason.clone() };
                self.lawful(&event)?;
                self.paper(PaperKind::Withdrawal, &Says::new([("reason", reason.clone())]))?;
                self.say(event)
            }
            Act::CheckCommitment { kept, finding } => {
                let (by, hand) = (self.id(), self.hand.clone());
                self.say(Event::CommitmentChecked { by, hand, kept: *kept, finding: finding.clone() })?;
                if *kept { Ok(()) } else { self.centre.list_credit(self.tx, &self.loaded.case, "告知承诺不实") }
            }
            Act::Revoke { reason } => self.revoke(reason),
            _ => Err(CentreError::invalid(ErrorCode::CaseState, "not an act of review")),
        }
    }

    fn flow(&self) -> Flow {
        flow(&self.item, &self.loaded.case)
    }

    /// A step may be done when it is open, by whom it was given to, if it was.
    fn mine(&self, step: &str) -> Result<Seat> {
        let flow = self.flow();
        let open = flow.step(step).ok_or_else(|| conflict(format!("step {step} is not open")))?;
        match &open.assigned {
            Some(person) if person != &self.by.id => {
                Err(CentreError::forbidden(ErrorCode::NotAllowed, "the step was given to somebody else"))
            }
            _ => Ok(open.seat),
        }
    }

    fn step(&mut self, step: &str, passed: bool, opinion: &str) -> Result<()> {
        let seat = self.mine(step)?;
        if matches!(seat, Seat::Decide | Seat::Intake | Seat::Make) {
            return Err(conflict("this step has an act of its own"));
        }
        let (by, hand) = (self.id(), self.hand.clone());
        self.say(Event::StepDone { step: step.to_owned(), by, hand, passed, opinion: opinion.trim().to_owned() })
    }

    fn return_step(&mut self, step: &str, to: &str, reason: &str) -> Result<()> {
        self.mine(step)?;
        if !self.item.may_return(step, to) {
            return Err(conflict(format!("no return from {step} to {to}")));
        }
        let (step, to) = (step.to_owned(), to.to_owned());
        let (by, hand, reason) = (self.id(), self.hand.clone(), reason.to_owned());
        self.say(Event::StepReturned { step, to, by, hand, reason })
    }

    /// 特别程序告知书 first: without it the clock does not stop.
    fn suspend(&mut self, kind: SpecialKind, name: &str, days: u16, reason: &str) -> Result<()> {
        if days == 0 || name.trim().is_empty() || reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::NoticeMissing, "name, days or reason missing"));
        }
        let paper = if name.contains("听证") { PaperKind::Hearing } else { PaperKind::Special };
        let says = Says::new([
            ("special", name.to_owned()),
            ("days", days.to_string()),
            ("reason", reason.trim_end_matches('。').to_owned()),
        ]);
        let document_no = self.paper(paper, &says)?;
        self.say(Event::Suspended {
            by: self.id(),
            hand: self.hand.clone(),
            kind,
            name: name.to_owned(),
            document_no,
            expected_days: days,
            reason: reason.to_owned(),
        })
    }

    fn extend(&mut self, days: u16, reason: &str, approval: &str) -> Result<()> {
        let id = self.loaded.id();
        let approval = self.centre.use_approval(self.tx, id, Some(&approval.to_owned()))?;
        let approval = approval.ok_or_else(|| CentreError::invalid(ErrorCode::ApprovalMissing, "head's approval"))?;
        let clocks = self.centre.clocks_of(&self.loaded.case, &self.item);
        let limit = clocks.get(LimitKind::Promise).copied().ok_or_else(|| conflict("no clock runs"))?;
        let due = self.centre.limits().due_with(&self.loaded.case, limit.from, limit.days + days)?;
        let says = Says::new([
            ("days", days.to_string()),
            ("reason", reason.trim_end_matches('。').to_owned()),
            ("head", "本机关负责人".to_owned()),
            ("due", day_words(due.date)),
        ]);
        let document_no = self.paper(PaperKind::Extension, &says)?;
        self.say(Event::Extended {
            by: self.id(),
            hand: self.hand.clone(),
            approval,
            days,
            due: date_text(due.date),
            reason: reason.to_owned(),
            document_no,
        })
    }

    fn hearing(&mut self, host: &StaffId, record: &str) -> Result<()> {
        let event = |document_no: &str| Event::HearingHeld {
            host: host.clone(),
            hand: self.hand.clone(),
            document_no: document_no.to_owned(),
            record: record.to_owned(),
        };
        self.lawful(&event("-"))?;
        let number = self.paper(PaperKind::Hearing, &Says::default())?;
        let (host, hand, record) = (host.clone(), self.hand.clone(), record.to_owned());
        self.say(Event::HearingHeld { host, hand, document_no: number, record })
    }

    /// 决定书, then what the result asks for: a number and the certificate window, or the end.
    pub(super) fn decide(&mut self, granted: bool, opinion: &str) -> Result<()> {
        let case = &self.loaded.case;
        if case.has_reviewed(&self.by.id) {
            return Err(CentreError::forbidden(ErrorCode::FourEyes, "reviewer and decider must differ"));
        }
        if self.item.case_type == CaseType::Promised && case.handling().steps.is_empty() {
            return Err(conflict("not reviewed yet"));
        }
        let passed =
            case.handling().steps.last().is_none_or(|step| step.outcome == tongban_domain::case::StepOutcome::Passed);
        if granted && !passed {
            return Err(conflict("the last step did not pass"));
        }
        if granted && self.flow().seat(Seat::Review).is_some() {
            return Err(conflict("a step of review is still open"));
        }
        let event = |document_no: &str| Event::Decided {
            by: self.by.id.clone(),
            granted,
            opinion: opinion.trim().to_owned(),
            document_no: document_no.to_owned(),
            hand: Some(self.hand.clone()),
        };
        self.lawful(&event("-"))?;
        let kind = if granted { PaperKind::Grant } else { PaperKind::Denial };
        let reason = opinion.trim().trim_end_matches('。').to_owned();
        let says = Says::new([("reason", reason.clone()), ("content", self.item.result.name.clone())]);
        let number = self.paper(kind, &says)?;
        let (by, hand) = (self.id(), Some(self.hand.clone()));
        self.say(Event::Decided { by, granted, opinion: opinion.trim().to_owned(), document_no: number, hand })?;
        let item = self.item.clone();
        self.centre.after_decision(self.tx, &mut self.loaded, &item, granted)
    }

    fn terminate(&mut self, reason: &str) -> Result<()> {
        let event = |document_no: &str| Event::Terminated {
            by: Some(self.by.id.clone()),
            hand: self.hand.clone(),
            reason: reason.to_owned(),
            document_no: document_no.to_owned(),
        };
        self.lawful(&event("-"))?;
        let says = Says::new([("reason", reason.trim_end_matches('。').to_owned())]);
        let number = self.paper(PaperKind::Termination, &says)?;
        let (by, hand) = (Some(self.id()), self.hand.clone());
        self.say(Event::Terminated { by, hand, reason: reason.to_owned(), document_no: number })
    }

    fn revoke(&mut self, reason: &str) -> Result<()> {
        let says = Says::new([("reason", format!("撤销许可：{}", reason.trim_end_matches('。')))]);
        let number = self.paper(PaperKind::Termination, &says)?;
        let (by, hand) = (self.id(), self.hand.clone());
        self.say(Event::LicenceRevoked { by, hand, reason: reason.to_owned(), document_no: number })?;
        if let Some(licence) = self.loaded.case.licence() {
            self.tx.exec("token.state", crate::vals![&licence.verify_token, "revoked"])?;
        }
        Ok(())
    }
}

impl crate::centre::Centre {
    /// A granted licence is numbered and queued; everything else is done.
    pub(crate) fn after_decision(
        &self,
        tx: &crate::storage::Tx<'_>,
        loaded: &mut crate::cases::Loaded,
        item: &tongban_domain::item::ServiceItem,
        granted: bool,
    ) -> Result<()> {
        if granted && item.result.kind == ResultKind::Licence {
            return self.licences().allot(tx, loaded, item);
        }
        self.append(tx, loaded, Actor::System, None, Event::Closed { code: CloseCode::Done })
    }
}
