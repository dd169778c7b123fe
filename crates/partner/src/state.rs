//! What the platform knows and remembers.

use crate::calls::CallLog;
use crate::data::{DataError, Directory};
use crate::exchange::Exchange;
use crate::mode::Rules;
use crate::payments::Month;
use crate::services::Orders;
use crate::sign::Nonces;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;
use tongban_domain::clock::Clock;

/// The simulated platform; share it between the two routers.
pub struct Partner {
    pub(crate) directory: Directory,
    pub(crate) clock: Arc<dyn Clock>,
    nonces: Mutex<Nonces>,
    rules: Mutex<Rules>,
    calls: Mutex<CallLog>,
    orders: Mutex<Orders>,
    exchange: Mutex<Exchange>,
}

impl Partner {
    /// Reads the data directory. `today` (`YYYY-MM-DD`) decides which month is the last one paid;
    /// the clock judges timestamps.
    ///
    /// # Errors
    /// [`DataError`] naming the file or text that cannot be used.
    pub fn open(dir: &Path, today: &str, clock: Arc<dyn Clock>) -> Result<Self, DataError> {
        let today = Month::parse(today).ok_or_else(|| DataError::Today(today.to_owned()))?;
        let directory = Directory::load(dir, today)?;
        let rules = Rules::new(directory.behaviour.clone());
        let schema = dir.join("../exchange/exchange.xsd");
        let exchange = Exchange::new(schema).ok_or(DataError::OpenSsl)?;
        Ok(Self {
            directory,
            clock,
            nonces: Mutex::default(),
            rules: Mutex::new(rules),
            calls: Mutex::default(),
            orders: Mutex::default(),
            exchange: Mutex::new(exchange),
        })
    }

    /// Makes the resource (or `*`, or `family.*`) answer in this way, for one subject or for all.
    pub fn set_mode(&self, resource: &str, subject: Option<&str>, mode: crate::Mode) {
        self.rules().add(resource, subject, mode);
    }

    /// Everything as at the start.
    pub fn reset(&self) {
        self.rules().reset();
        self.calls().clear();
        *self.nonces() = Nonces::default();
        *self.orders() = Orders::default();
    }

    /// The other side of the exchange.
    pub fn exchange(&self) -> MutexGuard<'_, Exchange> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What fills a front-end database as this platform's departments do.
    #[must_use]
    pub fn front_sql(&self) -> String {
        self.directory.front_sql()
    }

    pub(crate) fn time(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.clock.wall().0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    pub(crate) fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn nonces(&self) -> MutexGuard<'_, Nonces> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, CallLog> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
