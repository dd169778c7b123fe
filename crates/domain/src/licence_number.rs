//! 证照编号: numbers are built by a pattern from the item file, because every kind of licence
//! and every city has its own.
//!
//! A pattern is literal text with tokens in braces: `{province2}` `{city2}` `{county2}`
//! `{region6}` (of the deciding region), `{year4}` `{year2}`, `{serialN}` (N digits, zero-padded),
//! `{field.<id>}` (the key of a form answer), `{check1}` (ISO 7064 MOD 11,10 over all digits
//! before it). Example: `D3{province2}{serial5}{check1}`.

use crate::check::mod11_10;
use crate::event::{FormValues, Value};
use crate::ids::FieldId;
use time::Date;

/// A parsed number rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPattern {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(String),
    Region { from: usize, to: usize },
    Year { width: usize },
    Serial { width: usize },
    Field(FieldId),
    Check,
}

/// Why a pattern or a number cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberPatternError {
    /// Braces do not pair.
    #[error("braces do not pair")]
    Braces,
    /// A token this program does not know.
    #[error("unknown token `{{{0}}}`")]
    UnknownToken(String),
    /// No serial, so two licences would share a number.
    #[error("no {{serialN}} token")]
    NoSerial,
    /// The serial needs more digits than the pattern gives.
    #[error("serial does not fit into {width} digits")]
    SerialTooLong {
        /// Digits of the pattern.
        width: usize,
    },
    /// The region is not six digits.
    #[error("region is not six digits")]
    Region,
    /// The form does not answer a field of the pattern.
    #[error("form does not answer `{0}`")]
    FieldMissing(FieldId),
}

/// What a number is made of.
#[derive(Debug, Clone, Copy)]
pub struct NumberParts<'a> {
    /// Six digits of the deciding region.
    pub region: &'a str,
    /// Day of the decision.
    pub date: Date,
    /// Serial within the rule's series.
    pub serial: u64,
    /// The form's answers.
    pub form: &'a FormValues,
}

impl NumberPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`NumberPatternError`] for braces, unknown tokens and a missing serial.
    pub fn parse(pattern: &str) -> Result<Self, NumberPatternError> {
        let mut tokens = Vec::new();
        let mut rest = pattern;
        while !rest.is_empty() {
            let Some(open) = rest.find('{') else {
                tokens.push(literal(rest)?);
                break;
            };
            if open > 0 {
                tokens.push(literal(&rest[..open])?);
            }
            let close = rest[open..].find('}').ok_or(NumberPatternError::Braces)? + open;
            tokens.push(token(&rest[open + 1..close])?);
            rest = &rest[close + 1..];
        }
        if !tokens.iter().any(|token| matches!(token, Token::Serial { .. })) {
            return Err(NumberPatternError::NoSerial);
        }
        Ok(Self { tokens })
    }

    /// Form fields the pattern asks for.
    pub fn fields(&self) -> impl Iterator<Item = &FieldId> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Field(id) => Some(id),
            _ => None,
        })
    }

    /// The number made of these parts.
    ///
    /// # Errors
    /// [`NumberPatternError`] when a part is missing or does not fit.
    pub fn render(&self, parts: &NumberParts<'_>) -> Result<String, NumberPatternError> {
        if parts.region.len() != 6 || !parts.region.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberPatternError::Region);
        }
        let mut text = String::new();
        for token in &self.tokens {
            match token {
                Token::Literal(literal) => text.push_str(literal),
                Token::Region { from, to } => text.push_str(&parts.region[*from..*to]),
                Token::Year { width } => {
                    let year = format!("{:04}", parts.date.year());
                    text.push_str(&year[year.len() - width..]);
                }
                Token::Serial { width } => {
                    let serial = format!("{:0width$}", parts.serial, width = *width);
                    if serial.len() > *width {
                        return Err(NumberPatternError::SerialTooLong { width: *width });
                    }
                    text.push_str(&serial);
                }
                Token::Field(id) => match parts.form.get(id) {
                    Some(Value::Text(answer)) if !answer.trim().is_empty() => text.push_str(answer.trim()),
                    _ => return Err(NumberPatternError::FieldMissing(id.clone())),
                },
                Token::Check => text.push(check_of(&text)),
            }
        }
        Ok(text)
    }

    /// Whether a number could come from this pattern (digits where digits belong, check right).
    /// A pattern with `{field.…}` accepts any letters and digits there.
    #[must_use]
    pub fn fits(&self, number: &str) -> bool {
        fits(&self.tokens, number, "")
    }
}

fn fits(tokens: &[Token], rest: &str, before: &str) -> bool {
    let Some((token, tokens)) = tokens.split_first() else { return rest.is_empty() };
    let digits = |width: usize| {
        let (part, behind) = rest.split_at_checked(width)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then_some((part, behind))
    };
    let next = match token {
        Token::Literal(literal) => rest.strip_prefix(literal.as_str()).map(|behind| (literal.as_str(), behind)),
        Token::Region { from, to } => digits(to - from),
        Token::Year { width } | Token::Serial { width } => digits(*width),
        Token::Check => digits(1).filter(|(part, _)| part.starts_with(check_of(before))),
        Token::Field(_) => {
            let ends = rest.char_indices().take_while(|(_, letter)| letter.is_alphanumeric());
            return ends.map(|(at, letter)| at + letter.len_utf8()).any(|end| {
                let (part, behind) = rest.split_at(end);
                fits(tokens, behind, &format!("{before}{part}"))
            });
        }
    };
    next.is_some_and(|(part, behind)| fits(tokens, behind, &format!("{before}{part}")))
}

fn check_of(text: &str) -> char {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    mod11_10(&digits).expect("only digits are left")
}

fn literal(text: &str) -> Result<Token, NumberPatternError> {
    if text.contains('}') {
        return Err(NumberPatternError::Braces);
    }
    Ok(Token::Literal(text.to_owned()))
}

fn token(name: &str) -> Result<Token, NumberPatternError> {
    let unknown = || NumberPatternError::UnknownToken(name.to_owned());
    Ok(match name {
        "province2" => Token::Region { from: 0, to: 2 },
        "city2" => Token::Region { from: 2, to: 4 },
        "county2" => Token::Region { from: 4, to: 6 },
        "region6" => Token::Region { from: 0, to: 6 },
        "year4" => Token::Year { width: 4 },
        "year2" => Token::Year { width: 2 },
        "check1" => Token::Check,
        _ => {
            if let Some(id) = name.strip_prefix("field.").filter(|id| !id.is_empty()) {
                return Ok(Token::Field(id.into()));
            }
            let width = name.strip_prefix("serial").and_then(|width| width.parse().ok());
            let width = width.filter(|width| (1..=12).contains(width)).ok_or_else(unknown)?;
            Token::Serial { width }
        }
    })
}
