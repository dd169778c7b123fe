//! The mayor's five minutes, and the windows with a simulator panel.

use super::report::Report;
use super::world::World;
use anyhow::Result;

/// Runs the story headless.
pub fn run(world: &World, report: &mut Report) -> Result<()> {
    super::proof::run(world, report)?;
    let done = super::journey::run_story(world, report)?;
    super::journey::verify(world, report, &done)
}

/// Opens the windows on the display that is there.
pub fn open_windows(_world: &World) -> Result<()> {
    anyhow::bail!("a display is there, but windows are not opened by this build; use --headless")
}
