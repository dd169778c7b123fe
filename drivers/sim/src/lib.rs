//! tongban-sim.
