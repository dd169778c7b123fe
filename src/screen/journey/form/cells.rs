//! Reading and writing one cell of a form.

use super::Cell;
use std::collections::BTreeMap;
use tongban_domain::event::{FormValues, Value};

/// The text in a cell, empty when there is none.
pub fn read(values: &FormValues, cell: &Cell) -> String {
    match value(values, cell) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// The value in a cell.
pub fn value<'a>(values: &'a FormValues, cell: &Cell) -> Option<&'a Value> {
    match &cell.row {
        None => values.get(&cell.field),
        Some((list, row)) => match values.get(list)? {
            Value::Rows(rows) => rows.get(*row)?.get(&cell.field),
            _ => None,
        },
    }
}

/// Puts a value into a cell; an empty text removes it, a missing row is added.
pub fn write(values: &mut FormValues, cell: &Cell, value: Value) {
    let target = match &cell.row {
        None => values,
        Some((list, row)) => {
            let entry = values.entry(list.clone()).or_insert_with(|| Value::Rows(Vec::new()));
            let Value::Rows(rows) = entry else { return };
            while rows.len() <= *row {
                rows.push(BTreeMap::new());
            }
            &mut rows[*row]
        }
    };
    if matches!(&value, Value::Text(text) if text.is_empty()) {
        target.remove(&cell.field);
    } else {
        target.insert(cell.field.clone(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_in_a_row_is_written_and_read_back_alone() {
        let mut values = FormValues::new();
        let cell = |row, field: &str| Cell { row: Some(("staff".into(), row)), field: field.into() };
        write(&mut values, &cell(1, "name"), Value::Text("王明".into()));
        assert_eq!(read(&values, &cell(1, "name")), "王明");
        assert_eq!(read(&values, &cell(0, "name")), "");
        write(&mut values, &cell(1, "name"), Value::Text(String::new()));
        assert!(value(&values, &cell(1, "name")).is_none());
    }
}
