//! 场景式服务: a few questions lead from what somebody wants to the exact item, its answers already filled in,
//! and the materials that follow from them. The trees are data (`assets/situations`).

use crate::event::{FormValues, Value};
use crate::ids::{FieldId, ItemKey};
use crate::item::{Condition, Necessity, Operand, Requirement, ServiceItem, View};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format this release reads.
pub const SITUATION_FORMAT: u32 = 1;
/// Questions a person is asked at most.
const QUESTIONS_MAX: usize = 8;

/// 场景清单: every situation of a city.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Situations {
    /// Format version.
    pub v: u32,
    /// In the order they are offered.
    pub situations: Vec<Situation>,
}

/// 场景: what somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Situation {
    /// Short key.
    pub key: String,
    /// As people say it: `我要开店`.
    pub title: String,
    /// Where it begins.
    pub start: Node,
}

/// 问题或去向: a question, or where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Node {
    /// One more question.
    Ask {
        /// The question.
        question: String,
        /// Answers to choose from, two or more.
        answers: Vec<Answer>,
    },
    /// The item.
    Item {
        /// Which.
        item: ItemKey,
        /// What the answers say of its form.
        #[serde(default)]
        values: BTreeMap<FieldId, String>,
    },
    /// Nothing of this centre's: what to do instead.
    Advice {
        /// Words.
        text: String,
    },
}

/// 答案.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Words on the button.
    pub text: String,
    /// What follows.
    pub then: Node,
}

/// 所在位置: where a person stands after some answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'s> {
    /// Still to be asked.
    Ask {
        /// The question.
        question: &'s str,
        /// The answers.
        answers: &'s [Answer],
    },
    /// The item with what is already known of its form.
    Item {
        /// Which.
        item: &'s ItemKey,
        /// Field → text.
        values: &'s BTreeMap<FieldId, String>,
    },
    /// Nothing of this centre's.
    Advice(&'s str),
}

/// 场景文件不合格的原因: why a file was refused.
#[derive(Debug, thiserror::Error)]
pub enum SituationError {
    /// No JSON, or a value has the wrong shape.
    #[error("situations do not parse")]
    Parse(#[from] serde_json::Error),
    /// Another format.
    #[error("situation format v={0}, this release reads v={SITUATION_FORMAT}")]
    Format(u32),
    /// A tree contradicts itself or the catalogue.
    #[error("situation {situation}: {reason}")]
    Rule {
        /// Key of the situation.
        situation: String,
        /// What is wrong.
        reason: String,
    },
}

impl Situations {
    /// Reads a file and holds it against the items it leads to.
    ///
    /// # Errors
    /// [`SituationError`]: an unknown item, field or choice, a question without a choice, too long a way.
    pub fn from_json<'i>(
        text: &str,
        item: impl Fn(&ItemKey) -> Option<&'i ServiceItem>,
    ) -> Result<Self, SituationError> {
        let all: Self = serde_json::from_str(text)?;
        if all.v != SITUATION_FORMAT {
            return Err(SituationError::Format(all.v));
        }
        let mut keys = std::collections::BTreeSet::new();
        for situation in &all.situations {
            let checked = if keys.insert(&situation.key) {
                check(&situation.start, &item, 0)
            } else {
                Err("the key stands twice".to_owned())
            };
            checked.map_err(|reason| SituationError::Rule { situation: situation.key.clone(), reason })?;
        }
        Ok(all)
    }

    /// The situation with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Situation> {
        self.situations.iter().find(|situation| situation.key == key)
    }
}

fn check<'i>(node: &Node, item: &impl Fn(&ItemKey) -> Option<&'i ServiceItem>, depth: usize) -> Result<(), String> {
    match node {
        Node::Ask { question, answers } => {
            if answers.len() < 2 || question.trim().is_empty() {
                return Err(format!("“{question}” leaves no choice"));
            }
            if depth >= QUESTIONS_MAX {
                return Err(format!("more than {QUESTIONS_MAX} questions"));
            }
            answers.iter().try_for_each(|answer| check(&answer.then, item, depth + 1))
        }
        Node::Advice { text } if text.trim().is_empty() => Err("advice without words".to_owned()),
        Node::Advice { .. } => Ok(()),
        Node::Item { item: key, values } => {
            let found = item(key).ok_or_else(|| format!("no item {key}"))?;
            values.iter().try_for_each(|(id, text)| check_value(found, id, text))
        }
    }
}

fn check_value(item: &ServiceItem, id: &FieldId, text: &str) -> Result<(), String> {
    use crate::item::FieldKind;
    let field = item.form.field(id).ok_or_else(|| format!("{} has no field {id}", item.key))?;
    match &field.kind {
        FieldKind::Choice { options } if options.iter().any(|option| option.key == text) => Ok(()),
        FieldKind::Bool if matches!(text, "true" | "false") => Ok(()),
        FieldKind::Choice { .. } | FieldKind::Bool => Err(format!("{}.{id} cannot be {text}", item.key)),
        _ => Err(format!("{}.{id} is not chosen from a list", item.key)),
    }
}

impl Situation {
    /// Where somebody stands who gave these answers (by place, first question first); `None` for answers that lead nowhere.
    #[must_use]
    pub fn walk(&self, answers: &[usize]) -> Option<Place<'_>> {
        let mut node = &self.start;
        for answer in answers {
            let Node::Ask { answers, .. } = node else { return None };
            node = &answers.get(*answer)?.then;
        }
        Some(match node {
            Node::Ask { question, answers } => Place::Ask { question, answers },
            Node::Item { item, values } => Place::Item { item, values },
            Node::Advice { text } => Place::Advice(text),
        })
    }
}

/// The form as the answers fill it in.
#[must_use]
pub fn form_of(item: &ServiceItem, values: &BTreeMap<FieldId, String>) -> FormValues {
    let value = |(id, text): (&FieldId, &String)| {
        let yes_no = matches!(item.form.field(id).map(|field| &field.kind), Some(crate::item::FieldKind::Bool));
        (id.clone(), if yes_no { Value::Bool(text == "true") } else { Value::Text(text.clone()) })
    };
    values.iter().map(value).collect()
}

/// Materials after these answers, in the item's order; `false` beside those that hang on something not asked here.
#[must_use]
pub fn materials<'i>(item: &'i ServiceItem, values: &BTreeMap<FieldId, String>) -> Vec<(&'i Requirement, bool)> {
    let form = form_of(item, values);
    let view = View { values: &form, card: None, records: &[] };
    let wanted = |requirement: &&'i Requirement| match (&requirement.when, requirement.necessity) {
        (Some(when), _) => when.holds(&view) || !decided(when, values),
        (None, necessity) => necessity != Necessity::Optional,
    };
    let certain = |requirement: &Requirement| requirement.when.as_ref().is_none_or(|when| decided(when, values));
    item.materials.iter().filter(wanted).map(|requirement| (requirement, certain(requirement))).collect()
}

fn decided(when: &Condition, values: &BTreeMap<FieldId, String>) -> bool {
    matches!(&when.operand, Operand::Field(id) if values.contains_key(id))
}
