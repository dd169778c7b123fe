//! 推理运行库: ONNX Runtime, loaded when a network is first needed.

use crate::VisionError;
use crate::models::Models;
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The library is loaded once in a process; a second try after a failure may succeed.
static LOADED: Mutex<Option<Environment>> = Mutex::new(None);

/// Models of a folder and the runtime library beside them.
pub struct Runtime {
    models: Models,
    environment: Environment,
}

impl Runtime {
    /// Opens the folder of models (`models.toml`) and loads the runtime library that it names as `onnxruntime`.
    ///
    /// # Errors
    /// `ModelMissing`, `ModelChanged` or `Model`; nothing is loaded that does not have its checksum.
    pub fn open(dir: &Path) -> Result<Self, VisionError> {
        let models = Models::read(dir)?;
        let environment = environment(&models)?;
        Ok(Self { models, environment })
    }

    /// The list of models.
    #[must_use]
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// A network ready to run on one thread.
    ///
    /// # Errors
    /// As [`Models::load`], and `Model` when the runtime refuses the file.
    pub fn session(&self, name: &str) -> Result<Session, VisionError> {
        let bytes = self.models.load(name)?;
        let mut builder = Session::builder(&self.environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            // Pictures differ in size: an arena and its patterns would keep the largest of each.
            .with_execution_providers([ort::ep::CPU::default().with_arena_allocator(false).build()])?
            .with_memory_pattern(false)?
            .with_intra_threads(1)?
            .with_inter_threads(1)?;
        Ok(builder.commit_from_memory(&bytes)?)
    }
}

fn environment(models: &Models) -> Result<Environment, VisionError> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*loaded {
        return Ok(environment.clone());
    }
    // Checked first: a library that is not the named one is never mapped into the process.
    drop(models.load("onnxruntime")?);
    let path = models.path("onnxruntime")?;
    let environment = ort::init_from(&path)
        .map_err(|_| VisionError::Model("the runtime library cannot be loaded".into()))?
        .with_telemetry(false)
        .build()?;
    *loaded = Some(environment.clone());
    Ok(environment)
}
