//! The change an allowed event makes.

use super::{
    Acceptance, Alloted, Case, CaseStatus, Consent, Decision, HandOver, Opening, Page, PresenceProof, Print,
    PrintState, Proof, Review, Seen, ShareState, SignOff, StepOutcome, Visit, handling,
};
use crate::event::Event;
use crate::ids::{PageId, PrintId, RequirementId};
use crate::limits::local_day;

impl Case {
    /// Makes the change; only called after [`Case::allows`] agreed.
    pub(super) fn take(&mut self, event: &Event, seen: Option<Seen<'_>>) {
        let at = handling::at(seen);
        if self.take_law(event, at) {
            return;
        }
        match event {
            Event::Opened { channel, station, hall } => {
                self.opening = Some(Opening { channel: *channel, station: station.clone(), hall: hall.clone() });
            }
            Event::Identified { card, expired, photo, portrait, .. } => {
                self.card = Some(card.clone());
                self.card_expired = *expired;
                // A second swipe without pictures does not lose those of the first.
                self.card_photo = photo.clone().or(self.card_photo.take());
                self.card_portrait = portrait.clone().or(self.card_portrait.take());
                self.count_visit(seen);
            }
            Event::ConsentGiven { text_version, choice, evidence_upload } => {
                let (text_version, choice, evidence_upload) = (*text_version, *choice, *evidence_upload);
                self.consent = Some(Consent { text_version, choice, evidence_upload });
            }
            Event::PresenceProved { method, still, clip, score_milli, decided_by, reason } => {
                self.presence = Some(PresenceProof {
                    method: *method,
                    still: still.clone(),
                    clip: clip.clone(),
                    score_milli: *score_milli,
                    decided_by: decided_by.clone(),
                    reason: reason.clone(),
                });
            }
            Event::Continues { case } => self.continues = Some(*case),
            Event::HandedOn { .. } => self.handed_on = true,
            Event::ContinuedBy { case, station } => {
                self.continued_by = Some((*case, station.clone()));
                self.end(CaseStatus::Withdrawn, at);
            }
            Event::Blocked { code } => self.blocked = Some(code.clone()),
            Event::Withdrawn { reason } => {
                self.withdrawn = Some(reason.clone());
                self.end(CaseStatus::Withdrawn, at);
            }
            Event::EvidenceViewed { .. } => {}
            _ => self.take_content(event, seen),
        }
    }

    fn take_content(&mut self, event: &Event, seen: Option<Seen<'_>>) {
        match event {
            Event::ItemChosen { item, version, firm } => {
                let chosen = Some((item.clone(), *version));
                if self.item != chosen || self.firm != *firm {
                    self.forget_content();
                    self.item = chosen;
                    self.firm.clone_from(firm);
                }
            }
            Event::ShareFetched { record } if matches!(self.status, CaseStatus::Draft | CaseStatus::Correction) => {
                self.sign_off = None;
                let state = ShareState { record: record.clone(), answer: None, asked_with: self.form.clone() };
                self.shares.insert(record.resource.clone(), state);
            }
            Event::ShareFetched { record } => {
                self.late_records.insert(record.resource.clone(), record.clone());
            }
            Event::ShareAnswered { resource, answer } => {
                if let Some(share) = self.shares.get_mut(resource)
                    && share.answer.as_ref() != Some(answer)
                {
                    share.answer = Some(answer.clone());
                    self.sign_off = None;
                }
            }
            Event::FormFilled { values } => {
                if !self.form_filled || self.form != *values {
                    self.form = values.clone();
                    self.form_filled = true;
                    self.sign_off = None;
                }
            }
            Event::PageCaptured { page, requirement, blob, thumb, width, height } => {
                self.sign_off = None;
                let (blob, thumb) = (blob.clone(), thumb.clone());
                let kept =
                    Page { id: *page, requirement: requirement.clone(), blob, thumb, width: *width, height: *height };
                self.pages.insert(*page, kept);
                self.order.entry(requirement.clone()).or_default().push(*page);
            }
            Event::PageRemoved { page } => {
                self.sign_off = None;
                self.pages.remove(page);
                self.removed.insert(*page);
                self.drop_from_order(&[*page]);
            }
            Event::PagesOrdered { requirement, pages } => self.reorder(requirement, pages),
            Event::SignedOff { method, evidence, quality, digest } => {
                let (method, quality, digest) = (*method, *quality, *digest);
                self.sign_off = Some(SignOff { method, evidence: evidence.clone(), quality, digest });
            }
            Event::Submitted { receipt, delivery, offline } => {
                self.receipt = Some(receipt.clone());
                self.delivery = Some(*delivery);
                self.offline = *offline;
                self.handling.moments.submitted = handling::at(seen);
                self.status = CaseStatus::Submitted;
            }
            _ => self.take_handling(event, seen),
        }
    }

    fn take_handling(&mut self, event: &Event, seen: Option<Seen<'_>>) {
        let at = handling::at(seen);
        match event {
            Event::Received { project_no } => {
                self.project_no = Some(project_no.clone());
                self.handling.moments.received = at;
                self.status = CaseStatus::Received;
            }
            Event::Accepted { by, document_no, due, .. } => {
                let (by, document_no, due) = (by.clone(), document_no.clone(), due.clone());
                self.acceptance = Some(Acceptance { by, document_no, due });
                self.handling.moments.accepted = at;
                self.status = CaseStatus::Accepted;
            }
            Event::Reviewed { by, passed, opinion, hand } => {
                self.reviews.push(Review { by: by.clone(), passed: *passed, opinion: opinion.clone() });
                let outcome = if *passed { StepOutcome::Passed } else { StepOutcome::Failed };
                self.step(None, by, hand.as_ref(), outcome, opinion, at);
            }
            Event::Decided { by, granted, opinion, document_no, .. } => {
                let (by, granted, opinion) = (by.clone(), *granted, opinion.clone());
                self.decision = Some(Decision { by, granted, opinion, document_no: document_no.clone() });
                self.handling.moments.decided = at;
                self.status = if granted { CaseStatus::Granted } else { CaseStatus::Denied };
            }
            Event::LicenceAllotted { number, identifier, verify_token, valid_from, valid_to } => {
                self.licence = Some(Alloted {
                    number: number.clone(),
                    identifier: identifier.clone(),
                    verify_token: verify_token.clone(),
                    valid_from: valid_from.clone(),
                    valid_to: valid_to.clone(),
                });
                self.status = CaseStatus::Making;
            }
            Event::ProofIssued { number, verify_token, pdf_sha256 } => {
                let (number, verify_token) = (number.clone(), verify_token.clone());
                self.proof = Some(Proof { number, verify_token, pdf_sha256: *pdf_sha256 });
                self.handling.moments.delivered = at;
                self.status = CaseStatus::Delivered;
            }
            Event::HandedOver { line_sha256, operator, receipt } => {
                let (line_sha256, operator) = (*line_sha256, operator.clone());
                self.handed_over = Some(HandOver { line_sha256, operator, receipt: receipt.clone() });
                self.handling.moments.delivered = at;
                self.status = CaseStatus::Delivered;
                self.count_visit(seen);
            }
            Event::Closed { code } => {
                self.closed = Some(*code);
                self.end(CaseStatus::Closed, at);
            }
            _ => self.take_print(event),
        }
    }

    fn take_print(&mut self, event: &Event) {
        match event {
            Event::PrintIntended { print, serial, pdf_sha256, operator } => {
                let (serial, operator) = (serial.clone(), operator.clone());
                let state = PrintState::Intended;
                let attempt = Print { id: *print, serial, pdf_sha256: *pdf_sha256, operator, job_uuid: None, state };
                self.prints.push(attempt);
            }
            Event::PrintSent { print, job_uuid } => {
                if let Some(attempt) = self.print_mut(*print) {
                    attempt.job_uuid = Some(job_uuid.clone());
                    attempt.state = PrintState::Sent;
                }
            }
            Event::PrintDone { print } => self.set_print(*print, PrintState::Done),
            Event::PrintConfirmed { print, .. } => {
                self.set_print(*print, PrintState::Confirmed);
                self.status = CaseStatus::Ready;
            }
            Event::PrintVoided { print, spoiled, .. } => {
                self.set_print(*print, if *spoiled { PrintState::Spoiled } else { PrintState::NotPrinted });
                self.status = CaseStatus::Making;
            }
            _ => {}
        }
    }

    fn print_mut(&mut self, id: PrintId) -> Option<&mut Print> {
        self.prints.iter_mut().find(|print| print.id == id)
    }

    fn set_print(&mut self, id: PrintId, state: PrintState) {
        if let Some(print) = self.print_mut(id) {
            print.state = state;
        }
    }

    /// Another item asks for other things: nothing filled in for the old one stays.
    fn forget_content(&mut self) {
        self.shares.clear();
        self.form.clear();
        self.form_filled = false;
        self.removed.extend(self.pages.keys());
        self.pages.clear();
        self.order.clear();
        self.sign_off = None;
    }

    fn reorder(&mut self, requirement: &RequirementId, pages: &[PageId]) {
        if self.order.get(requirement).is_some_and(|old| old == pages) {
            return;
        }
        self.sign_off = None;
        self.drop_from_order(pages);
        for id in pages {
            if let Some(page) = self.pages.get_mut(id) {
                page.requirement = requirement.clone();
            }
        }
        self.order.insert(requirement.clone(), pages.to_vec());
        self.order.retain(|_, pages| !pages.is_empty());
    }

    fn drop_from_order(&mut self, pages: &[PageId]) {
        for list in self.order.values_mut() {
            list.retain(|page| !pages.contains(page));
        }
        self.order.retain(|_, pages| !pages.is_empty());
    }

    fn count_visit(&mut self, seen: Option<Seen<'_>>) {
        let station = seen.map(|seen| seen.station.clone());
        let station = station.or_else(|| self.opening.as_ref().map(|opening| opening.station.clone()));
        if let Some(station) = station {
            self.visits.insert(Visit { day: seen.map(|seen| local_day(seen.wall)), station });
        }
    }
}
