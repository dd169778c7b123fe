//! 模拟端口打印机: a printer behind a printer-class port, as a needle or passbook printer is.
//!
//! It takes bytes into a buffer, writes them on the form that lies in it, and ejects the form
//! at `FF`. What it tells is one status byte and its IEEE 1284 id.

use crate::Roll;

/// The printer and the forms it ejected.
pub struct PortPrinter {
    /// Paper; without it nothing is taken from the buffer.
    pub roll: Roll,
    /// The operator took it off line.
    pub off_line: bool,
    /// Its identity.
    pub id: String,
    form: Vec<u8>,
    ejected: Vec<Vec<u8>>,
}

impl Default for PortPrinter {
    fn default() -> Self {
        Self {
            roll: Roll::Full,
            off_line: false,
            id: "MFG:SIMULATED;CMD:ESCPK;MDL:Passbook 24;CLS:PRINTER;SN:TB0001;".to_owned(),
            form: Vec::new(),
            ejected: Vec::new(),
        }
    }
}

impl PortPrinter {
    /// USB printer class 1.1, 4.2.2: 0x08 no error, 0x10 selected, 0x20 paper out.
    #[must_use]
    pub fn status(&self) -> u8 {
        let empty = self.roll == Roll::Empty;
        let selected = if self.off_line { 0 } else { 0x10 };
        if empty { 0x28 | selected } else { 0x08 | selected }
    }

    /// Takes bytes; all of them or, when not well, none.
    pub fn take(&mut self, bytes: &[u8]) -> usize {
        if self.off_line || self.roll == Roll::Empty {
            return 0;
        }
        for byte in bytes {
            self.form.push(*byte);
            if *byte == 0x0C {
                self.ejected.push(std::mem::take(&mut self.form));
            }
        }
        bytes.len()
    }

    /// Forms ejected.
    #[must_use]
    pub fn ejected(&self) -> &[Vec<u8>] {
        &self.ejected
    }

    /// A form is begun and not ejected.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        !self.form.is_empty()
    }

    /// Somebody takes everything out.
    pub fn clear(&mut self) {
        self.form.clear();
        self.ejected.clear();
    }
}
