//! What an item file must keep beyond its shape: unique ids, references that resolve, sane limits.

use super::condition::{Condition, Operand};
use super::data::{CaseType, ResultKind, ServiceItem};
use super::field::{ChoiceOption, Field, FieldKind, PrefillSource};
use super::precheck::Measure;
use super::requirement::How;
use super::{ITEM_FORMAT, KioskScope};
use crate::ids::FieldId;
use crate::licence_number::NumberPattern;
use std::collections::BTreeSet;

/// Which rule an item file breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemFault {
    /// A text that must say something is blank.
    #[error("is empty")]
    Empty,
    /// An id appears twice.
    #[error("`{0}` appears twice")]
    Duplicate(String),
    /// A reference points at nothing.
    #[error("`{0}` is not defined")]
    Unresolved(String),
    /// Smallest above largest, or a limit of zero.
    #[error("limits contradict each other")]
    Limits,
    /// A list inside a list.
    #[error("a list cannot hold a list")]
    NestedList,
    /// A first value the field's type refuses.
    #[error("`{0}` does not fit the field")]
    Prefill(String),
    /// The result's kind and its other fields, or the promised days, do not go together.
    #[error("{0}")]
    Contradiction(&'static str),
    /// A number rule that does not parse.
    #[error("number rule: {0}")]
    NumberRule(String),
    /// A character outside `a-z`, `0-9`, `_`.
    #[error("`{0}` is no key (a-z, 0-9, _)")]
    Key(String),
}

type Checked = Result<(), (String, ItemFault)>;

fn fail(path: impl Into<String>, fault: ItemFault) -> Checked {
    Err((path.into(), fault))
}

impl ServiceItem {
    /// The first broken rule with its JSON path.
    pub(super) fn check(&self) -> Checked {
        debug_assert_eq!(self.v, ITEM_FORMAT);
        if !is_key(&self.key.0) {
            return fail("key", ItemFault::Key(self.key.0.clone()));
        }
        let texts = [
            ("name", &self.name),
            ("catalog_code", &self.catalog_code),
            ("task_code", &self.task_code),
            ("org.name", &self.org.name),
            ("result.name", &self.result.name),
            ("result.template", &self.result.template),
        ];
        if let Some((path, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return fail(*path, ItemFault::Empty);
        }
        if self.version == 0 || self.promised_days > self.statutory_days {
            return fail("promised_days", ItemFault::Limits);
        }
        self.check_kind()?;
        self.check_materials()?;
        self.check_shares()?;
        self.check_rules()?;
        self.check_workflow()?;
        self.check_form()
    }

    fn check_kind(&self) -> Checked {
        let said = |text| fail("result.kind", ItemFault::Contradiction(text));
        if self.workflow.is_empty() {
            return fail("workflow", ItemFault::Empty);
        }
        if self.delivery.is_empty() {
            return fail("delivery", ItemFault::Empty);
        }
        if self.case_type == CaseType::Promised && self.promised_days == 0 {
            return fail("promised_days", ItemFault::Limits);
        }
        if self.result.kind == ResultKind::Licence && self.result.number_rule.is_none() {
            return fail("result.number_rule", ItemFault::Empty);
        }
        if self.channels.kiosk == KioskScope::Complete && self.case_type != CaseType::Immediate {
            return said("only an immediate item can be completed at a kiosk");
        }
        if let Some(rule) = &self.result.number_rule {
            let pattern = NumberPattern::parse(rule)
                .map_err(|error| ("result.number_rule".to_owned(), ItemFault::NumberRule(error.to_string())))?;
            for field in pattern.fields() {
                if self.form.field(field).is_none() {
                    return fail("result.number_rule", ItemFault::Unresolved(field.0.clone()));
                }
            }
        }
        Ok(())
    }

    fn check_materials(&self) -> Checked {
        unique("materials", self.materials.iter().map(|requirement| &requirement.id.0))?;
        for (n, requirement) in self.materials.iter().enumerate() {
            let path = format!("materials[{n}]");
            if requirement.name.trim().is_empty() {
                return fail(format!("{path}.name"), ItemFault::Empty);
            }
            if requirement.pages_min == 0 || requirement.pages_min > requirement.pages_max {
                return fail(format!("{path}.pages_min"), ItemFault::Limits);
            }
            if requirement.how == How::Form && self.form.is_empty() {
                return fail(format!("{path}.how"), ItemFault::Unresolved("form".to_owned()));
            }
            if let Some(condition) = &requirement.when {
                self.check_condition(&format!("{path}.when"), condition, &[])?;
            }
            let Some(resource) = requirement.shared_resource() else { continue };
            let answered = self.share(resource).is_some_and(|call| call.satisfies.contains(&requirement.id));
            if !answered {
                return fail(format!("{path}.how.share.resource"), ItemFault::Unresolved(resource.0.clone()));
            }
        }
        Ok(())
    }

    fn check_shares(&self) -> Checked {
        unique("shares", self.shares.iter().map(|call| &call.resource.0))?;
        for (n, call) in self.shares.iter().enumerate() {
            let path = format!("shares[{n}]");
            if call.fields.is_empty() {
                return fail(format!("{path}.fields"), ItemFault::Empty);
            }
            unique(&format!("{path}.fields"), call.fields.iter().map(|field| &field.key.0))?;
            for id in &call.satisfies {
                let served = self.requirement(id).and_then(|requirement| requirement.shared_resource());
                if served != Some(&call.resource) {
                    return fail(format!("{path}.satisfies"), ItemFault::Unresolved(id.0.clone()));
                }
            }
            if let Some(condition) = &call.when {
                self.check_condition(&format!("{path}.when"), condition, &[])?;
            }
            if let Some(field) = call.parameters.iter().find(|field| self.form.field(field).is_none()) {
                return fail(format!("{path}.parameters"), ItemFault::Unresolved(field.0.clone()));
            }
        }
        Ok(())
    }

    fn check_rules(&self) -> Checked {
        unique("checks", self.checks.iter().map(|rule| &rule.id))?;
        for (n, rule) in self.checks.iter().enumerate() {
            let path = format!("checks[{n}]");
            if let Some(material) = rule.material.as_ref().filter(|id| self.requirement(id).is_none()) {
                return fail(format!("{path}.material"), ItemFault::Unresolved(material.0.clone()));
            }
            if rule.title.trim().is_empty() || rule.basis.trim().is_empty() {
                return fail(path, ItemFault::Empty);
            }
            if let Some(condition) = &rule.when {
                self.check_condition(&format!("{path}.when"), condition, &[])?;
            }
            match &rule.measure {
                Measure::Number(operand) => self.check_operand(&format!("{path}.measure.number"), operand, &[])?,
                Measure::Rows { list, with } => {
                    let columns = self.form.field(list).and_then(|field| match &field.kind {
                        FieldKind::List { fields, .. } => Some(fields),
                        _ => None,
                    });
                    let known = columns.is_some_and(|columns| {
                        with.as_ref().is_none_or(|with| columns.iter().any(|column| &column.id == with))
                    });
                    if !known {
                        return fail(format!("{path}.measure.rows"), ItemFault::Unresolved(list.0.clone()));
                    }
                }
            }
        }
        Ok(())
    }

    fn check_workflow(&self) -> Checked {
        unique("workflow", self.workflow.iter().map(|step| &step.name))?;
        for (n, step) in self.workflow.iter().enumerate() {
            let path = format!("workflow[{n}]");
            if let Some(condition) = &step.when {
                self.check_condition(&format!("{path}.when"), condition, &[])?;
            }
            let earlier = |name: &&String| !self.workflow[..n].iter().any(|before| &&before.name == name);
            if let Some(name) = step.return_to.iter().find(earlier) {
                return fail(format!("{path}.return_to"), ItemFault::Unresolved(name.clone()));
            }
        }
        for (n, part) in self.parts.iter().enumerate() {
            let known = part.fields.values().find(|field| self.form.field(field).is_none());
            if let Some(field) = known {
                return fail(format!("parts[{n}].fields"), ItemFault::Unresolved(field.0.clone()));
            }
            if let Some(condition) = &part.when {
                self.check_condition(&format!("parts[{n}].when"), condition, &[])?;
            }
        }
        Ok(())
    }

    fn check_form(&self) -> Checked {
        unique("form", self.form.fields().map(|field| &field.id.0))?;
        for (s, section) in self.form.sections.iter().enumerate() {
            for (f, field) in section.fields.iter().enumerate() {
                let path = format!("form.sections[{s}].fields[{f}]");
                self.check_field(&path, field, None)?;
            }
        }
        Ok(())
    }

    /// `row` holds the list's columns when the field is one of them.
    fn check_field(&self, path: &str, field: &Field, row: Option<&[Field]>) -> Checked {
        if !is_key(&field.id.0) {
            return fail(format!("{path}.id"), ItemFault::Key(field.id.0.clone()));
        }
        if field.label.trim().is_empty() {
            return fail(format!("{path}.label"), ItemFault::Empty);
        }
        let columns = row.unwrap_or(&[]);
        if let Some(condition) = &field.when {
            self.check_condition(&format!("{path}.when"), condition, columns)?;
        }
        self.check_prefill(path, field, row.is_some())?;
        match &field.kind {
            FieldKind::Text { max: 0 } => fail(format!("{path}.kind.text.max"), ItemFault::Limits),
            FieldKind::Number { min: Some(min), max: Some(max), .. } if min > max => {
                fail(format!("{path}.kind.number"), ItemFault::Limits)
            }
            FieldKind::Number { decimals, .. } if *decimals > 6 => {
                fail(format!("{path}.kind.number.decimals"), ItemFault::Limits)
            }
            FieldKind::Choice { options } => self.check_options(path, options, columns),
            FieldKind::List { fields, min, max, .. } => {
                if row.is_some() {
                    return fail(format!("{path}.kind"), ItemFault::NestedList);
                }
                if fields.is_empty() || *max == 0 || min > max {
                    return fail(format!("{path}.kind.list"), ItemFault::Limits);
                }
                unique(&format!("{path}.kind.list.fields"), fields.iter().map(|column| &column.id.0))?;
                fields.iter().enumerate().try_for_each(|(n, column)| {
                    self.check_field(&format!("{path}.kind.list.fields[{n}]"), column, Some(fields))
                })
            }
            _ => Ok(()),
        }
    }

    fn check_options(&self, path: &str, options: &[ChoiceOption], columns: &[Field]) -> Checked {
        let path = format!("{path}.kind.choice.options");
        if options.is_empty() {
            return fail(path, ItemFault::Empty);
        }
        unique(&path, options.iter().map(|option| &option.key))?;
        for (n, option) in options.iter().enumerate() {
            if option.key.trim().is_empty() || option.label.trim().is_empty() {
                return fail(format!("{path}[{n}]"), ItemFault::Empty);
            }
            if let Some(condition) = &option.when {
                self.check_condition(&format!("{path}[{n}].when"), condition, columns)?;
            }
        }
        Ok(())
    }

    fn check_prefill(&self, path: &str, field: &Field, in_row: bool) -> Checked {
        let Some(source) = &field.prefill else { return Ok(()) };
        let path = format!("{path}.prefill");
        let text = || String::from(source.clone());
        match source {
            PrefillSource::Row(_) if !in_row => fail(path, ItemFault::Prefill(text())),
            PrefillSource::Row(_) | PrefillSource::Card(_) => Ok(()),
            PrefillSource::Share { resource, field } => self.check_shared_field(path, resource, field, text()),
            PrefillSource::Const(constant) => {
                let fits = match &field.kind {
                    FieldKind::Choice { options } => options.iter().any(|option| &option.key == constant),
                    FieldKind::Bool => matches!(constant.as_str(), "true" | "false"),
                    FieldKind::List { .. } => false,
                    _ => true,
                };
                if fits { Ok(()) } else { fail(path, ItemFault::Prefill(text())) }
            }
        }
    }

    fn check_shared_field(
        &self,
        path: String,
        resource: &crate::ids::ResourceId,
        field: &FieldId,
        text: String,
    ) -> Checked {
        let known = self.share(resource).is_some_and(|call| call.fields.iter().any(|known| &known.key == field));
        if known { Ok(()) } else { fail(path, ItemFault::Unresolved(text)) }
    }

    fn check_condition(&self, path: &str, condition: &Condition, columns: &[Field]) -> Checked {
        let path = format!("{path}.field");
        condition.operands().try_for_each(|operand| self.check_operand(&path, operand, columns))
    }

    fn check_operand(&self, path: &str, operand: &Operand, columns: &[Field]) -> Checked {
        match operand {
            Operand::Field(id) => {
                let known = self.form.field(id).is_some() || columns.iter().any(|column| &column.id == id);
                if known { Ok(()) } else { fail(path, ItemFault::Unresolved(id.0.clone())) }
            }
            Operand::Source(source @ PrefillSource::Share { resource, field }) => {
                self.check_shared_field(path.to_owned(), resource, field, source.clone().into())
            }
            Operand::Source(_) => Ok(()),
        }
    }
}

fn unique<'a>(path: &str, ids: impl Iterator<Item = &'a String>) -> Checked {
    let mut seen = BTreeSet::new();
    for id in ids {
        if id.trim().is_empty() {
            return fail(path, ItemFault::Empty);
        }
        if !seen.insert(id) {
            return fail(path, ItemFault::Duplicate(id.clone()));
        }
    }
    Ok(())
}

fn is_key(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(plain)
}
