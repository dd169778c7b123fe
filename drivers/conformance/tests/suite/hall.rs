//! What else stands in the hall.
