//! 图改写: what the runtime is slow at is written another way before it sees the network; the numbers stay the same.
//!
//! `PRelu(x, a)` is `Max(x, a·x)` when no slope is above 1: for `x > 0` the first is larger, for `x < 0` the second.
//! ONNX Runtime walks through a PRelu number by number, which is half of what a face network takes; product and
//! maximum it does a register at a time. Only nodes change, after the file's checksum was held.
//!
//! Wire format: Protocol Buffers; field numbers of `onnx.proto3` (ONNX 1.17): model 7 graph, 8 operator sets; graph
//! 1 nodes, 5 constants; node 1 inputs, 2 outputs, 3 name, 4 operator; tensor 2 type, 4 floats, 8 name, 9 raw bytes.

use std::collections::BTreeMap;

/// Operator set from which `Max` takes operands of two shapes.
const OPSET_MIN: u64 = 8;
/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;

/// The model without the PRelu that can be written otherwise; `None` when it has none, or is not understood.
pub(super) fn without_prelu(model: &[u8]) -> Option<Vec<u8>> {
    let parts = fields(model)?;
    let sets = parts.iter().filter(|part| part.number == 8).map(|part| opset(part.bytes()?));
    if sets.collect::<Option<Vec<_>>>()?.into_iter().flatten().min()? < OPSET_MIN {
        return None;
    }
    let mut out = Vec::with_capacity(model.len() + 8192);
    let mut changed = 0;
    for part in &parts {
        if part.number == 7 {
            let (graph, count) = rewritten(part.bytes()?)?;
            changed += count;
            put(&mut out, 7, &graph);
        } else {
            out.extend_from_slice(part.whole);
        }
    }
    (changed > 0).then_some(out)
}

/// Version of an operator set; `Some(None)` when it is not the standard's own.
fn opset(bytes: &[u8]) -> Option<Option<u64>> {
    let parts = fields(bytes)?;
    let own = parts.iter().all(|part| part.number != 1 || part.bytes().is_some_and(<[u8]>::is_empty));
    let version = parts.iter().find(|part| part.number == 2).and_then(Field::count)?;
    Some(own.then_some(version))
}

/// The graph with its nodes replaced, and how many were.
fn rewritten(graph: &[u8]) -> Option<(Vec<u8>, usize)> {
    let parts = fields(graph)?;
    let mut steepest = BTreeMap::new();
    for part in parts.iter().filter(|part| part.number == 5) {
        if let Some((name, most)) = largest(part.bytes()?) {
            steepest.insert(name, most);
        }
    }
    let mut out = Vec::with_capacity(graph.len() + 8192);
    let mut changed = 0;
    for part in &parts {
        let node = if part.number == 1 { Node::read(part.bytes()?) } else { None };
        let gentle = |node: &Node<'_>| steepest.get(node.slope).is_some_and(|most| *most <= 1.0);
        match node.filter(gentle) {
            Some(node) => {
                changed += 1;
                node.write(&mut out);
            }
            None => out.extend_from_slice(part.whole),
        }
    }
    Some((out, changed))
}

/// A PRelu: what goes in, its slopes, what comes out.
struct Node<'a> {
    input: &'a [u8],
    slope: &'a [u8],
    output: &'a [u8],
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let parts = fields(bytes)?;
        let of = |number: u64| parts.iter().filter(move |part| part.number == number).filter_map(Field::bytes);
        if of(4).next() != Some(b"PRelu") {
            return None;
        }
        let mut inputs = of(1);
        let node = Self { input: inputs.next()?, slope: inputs.next()?, output: of(2).next()? };
        inputs.next().is_none().then_some(node)
    }

    fn write(&self, graph: &mut Vec<u8>) {
        let scaled = [self.output, b"#scaled"].concat();
        for (operator, other, output) in
            [(b"Mul", self.slope, scaled.as_slice()), (b"Max", scaled.as_slice(), self.output)]
        {
            let mut node = Vec::new();
            put(&mut node, 1, self.input);
            put(&mut node, 1, other);
            put(&mut node, 2, output);
            put(&mut node, 3, &[self.output, b"#", operator.as_slice()].concat());
            put(&mut node, 4, operator);
            put(graph, 1, &node);
        }
    }
}

/// Name and largest number of a constant of floats; not a number counts as too large.
fn largest(tensor: &[u8]) -> Option<(&[u8], f32)> {
    let parts = fields(tensor)?;
    let find = |number: u64| parts.iter().find(|part| part.number == number);
    if find(2)?.count()? != FLOAT {
        return None;
    }
    let floats = find(9).or_else(|| find(4))?.bytes()?;
    let (numbers, rest) = floats.as_chunks::<4>();
    if numbers.is_empty() || !rest.is_empty() {
        return None;
    }
    let most = numbers
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .fold(f32::MIN, |most, value| if value.is_nan() { f32::INFINITY } else { most.max(value) });
    Some((find(8)?.bytes()?, most))
}

/// One field of a message.
struct Field<'a> {
    number: u64,
    /// Tag, length and value.
    whole: &'a [u8],
    value: Value<'a>,
}

enum Value<'a> {
    Count(u64),
    Bytes(&'a [u8]),
    Other,
}

impl<'a> Field<'a> {
    fn bytes(&self) -> Option<&'a [u8]> {
        if let Value::Bytes(bytes) = self.value { Some(bytes) } else { None }
    }

    fn count(&self) -> Option<u64> {
        if let Value::Count(count) = self.value { Some(count) } else { None }
    }
}

/// The fields of a message in their order; `None` when it is none.
fn fields(bytes: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let tag = varint(bytes, &mut at)?;
        let value = match tag & 7 {
            0 => Value::Count(varint(bytes, &mut at)?),
            1 => skip(bytes, &mut at, 8).map(|_| Value::Other)?,
            2 => {
                let length = usize::try_from(varint(bytes, &mut at)?).ok()?;
                Value::Bytes(skip(bytes, &mut at, length)?)
            }
            5 => skip(bytes, &mut at, 4).map(|_| Value::Other)?,
            _ => return None,
        };
        found.push(Field { number: tag >> 3, whole: &bytes[start..at], value });
    }
    Some(found)
}

fn skip<'a>(bytes: &'a [u8], at: &mut usize, length: usize) -> Option<&'a [u8]> {
    let part = bytes.get(*at..at.checked_add(length)?)?;
    *at += length;
    Some(part)
}

fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn put(out: &mut Vec<u8>, number: u8, value: &[u8]) {
    out.push(number << 3 | 2);
    let mut length = value.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model of one PRelu with these slopes.
    fn model(version: u8, slopes: &[f32]) -> Vec<u8> {
        let (mut node, mut tensor, mut graph, mut model) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (number, text) in [(1, "x"), (1, "a"), (2, "y"), (3, "n"), (4, "PRelu")] {
            put(&mut node, number, text.as_bytes());
        }
        tensor.extend([2 << 3, 1]);
        put(&mut tensor, 8, b"a");
        put(&mut tensor, 9, &slopes.iter().flat_map(|slope| slope.to_le_bytes()).collect::<Vec<_>>());
        put(&mut graph, 1, &node);
        put(&mut graph, 5, &tensor);
        put(&mut model, 7, &graph);
        put(&mut model, 8, &[2 << 3, version]);
        model
    }

    fn holds(model: &[u8], word: &str) -> bool {
        model.windows(word.len()).any(|part| part == word.as_bytes())
    }

    #[test]
    fn gentle_slopes_become_a_product_and_a_maximum_and_others_stay() {
        let written = without_prelu(&model(9, &[0.25, -0.5, 1.0])).expect("rewritten");
        assert!(holds(&written, "Mul") && holds(&written, "Max") && !holds(&written, "PRelu"));
        assert!(without_prelu(&written).is_none(), "nothing is left to do");
        assert!(without_prelu(&model(9, &[0.25, 1.1])).is_none(), "above 1 the maximum would be the wrong one");
        assert!(without_prelu(&model(9, &[f32::NAN])).is_none());
        assert!(without_prelu(&model(7, &[0.25])).is_none(), "an older set of operators");
    }

    #[test]
    fn bytes_that_are_no_model_are_left_alone() {
        let whole = model(9, &[0.25]);
        for end in 0..whole.len() {
            drop(without_prelu(&whole[..end]));
            let mut other = whole.clone();
            other[end] ^= 0xff;
            drop(without_prelu(&other));
        }
        assert!(without_prelu(b"no model at all").is_none());
    }
}
