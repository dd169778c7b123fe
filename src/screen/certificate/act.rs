//! What the operator does with a sheet: print, read back, give up.

use super::{Certificate, Message, Run, operator, phase};
use crate::apply::ContextParts;
use crate::failure::Failure;
use crate::service::making::{Entry, Order, Stage, Step};
use iced::Task;

impl Certificate {
    pub(super) fn print(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        self.serial = super::plain(&self.serial);
        let Some(entry) = self.entry().filter(|_| self.may_print(parts)) else { return Task::none() };
        let order = Order {
            job: entry.job.clone(),
            serial: self.serial.clone(),
            operator: operator(parts),
            demo: parts.config.service.demo,
        };
        self.fault = None;
        self.turn += 1;
        self.run = Some(Run { case: order.job.case, intended: false, sent: false, reasons: Vec::new() });
        Task::stream(parts.services.making.make(order)).map(Message::Making)
    }

    pub(super) fn making(&mut self, step: Step, parts: &ContextParts<'_>) -> Task<Message> {
        let Some(run) = &mut self.run else { return Task::none() };
        match step {
            Step::LaidOut => Task::none(),
            Step::Intended(_) => {
                run.intended = true;
                Task::none()
            }
            Step::Sent => {
                run.sent = true;
                Task::none()
            }
            Step::Reasons(reasons) => {
                run.reasons = reasons;
                Task::none()
            }
            Step::End(Ok(entry)) => {
                self.run = None;
                self.ended(*entry, parts)
            }
            Step::End(Err(failure)) => {
                self.run = None;
                self.turn += 1;
                self.fault = Some(failure);
                self.load(parts, false)
            }
        }
    }

    /// The printer's part is over.
    fn ended(&mut self, entry: Entry, parts: &ContextParts<'_>) -> Task<Message> {
        let void = entry.attempt.as_ref().filter(|attempt| attempt.stage == Stage::Void);
        self.fault = void.map(|attempt| phase::reason(&attempt.note));
        self.read_back.clear();
        self.adopt(entry);
        Task::batch([self.focus(), self.load(parts, false)])
    }

    /// Takes a job's new state over the one in the queue.
    fn adopt(&mut self, entry: Entry) {
        self.turn += 1;
        if let Some(known) = self.entries.iter_mut().find(|known| known.job.case == entry.job.case) {
            *known = entry;
        }
    }

    pub(super) fn confirm(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        self.read_back = super::plain(&self.read_back);
        let Some(entry) = self.entry() else { return Task::none() };
        let Some(attempt) = entry.attempt.clone().filter(|_| !self.working && !self.read_back.is_empty()) else {
            return Task::none();
        };
        if attempt.serial != self.read_back {
            self.differs = true;
            return Task::none();
        }
        let (job, making, operator) = (entry.job.clone(), parts.services.making.clone(), operator(parts));
        self.step(async move { making.confirm(job, attempt.print, operator).await })
    }

    pub(super) fn not_fed(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        let Some(entry) = self.entry().filter(|_| !self.working) else { return Task::none() };
        let Some(attempt) = entry.attempt.clone() else { return Task::none() };
        let (job, making, operator) = (entry.job.clone(), parts.services.making.clone(), operator(parts));
        let reason = parts.ui.text("certificate-reason-not-fed");
        self.step(async move { making.not_fed(job, attempt.print, operator, reason).await })
    }

    pub(super) fn step(
        &mut self,
        work: impl Future<Output = Result<Entry, Failure>> + Send + 'static,
    ) -> Task<Message> {
        (self.working, self.fault) = (true, None);
        self.turn += 1;
        Task::perform(async move { work.await.map(Box::new) }, Message::Stepped)
    }

    pub(super) fn stepped(&mut self, result: Result<Box<Entry>, Failure>, parts: &ContextParts<'_>) -> Task<Message> {
        self.working = false;
        match result {
            Ok(entry) => {
                (self.spoil, self.differs) = (None, false);
                self.read_back.clear();
                self.adopt(*entry);
            }
            Err(failure) => self.fault = Some(failure),
        }
        Task::batch([self.focus(), self.load(parts, false)])
    }
}
