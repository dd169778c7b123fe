//! 推理运行库: ONNX Runtime, loaded when a network is first needed.

mod graph;

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

    /// A network ready to run on one thread, for pictures of any size.
    ///
    /// # Errors
    /// As [`Models::load`], and `Model` when the runtime refuses the file.
    pub fn session(&self, name: &str) -> Result<Session, VisionError> {
        // Pictures differ in size: an arena and its patterns would keep the largest of each.
        self.opened(&self.models.load(name)?, false)
    }

    /// The same for a network whose input always has the same size: its memory is laid out once.
    ///
    /// # Errors
    /// As [`Runtime::session`].
    pub fn session_of_one_size(&self, name: &str) -> Result<Session, VisionError> {
        let bytes = self.models.load(name)?;
        self.opened(graph::without_prelu(&bytes).as_deref().unwrap_or(&bytes), true)
    }

    fn opened(&self, model: &[u8], keeps: bool) -> Result<Session, VisionError> {
        let mut builder = Session::builder(&self.environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_execution_providers([ort::ep::CPU::default().with_arena_allocator(keeps).build()])?
            .with_memory_pattern(keeps)?
            .with_intra_threads(1)?
            .with_inter_threads(1)?;
        Ok(builder.commit_from_memory(model)?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use ort::value::Tensor;

    fn numbers(session: &mut Session, side: usize, input: &[f32]) -> Vec<f32> {
        let tensor = Tensor::from_array(([1, 3, side, side], input.to_vec())).expect("a tensor");
        let outputs = session.run(ort::inputs!["input" => tensor]).expect("the network runs");
        outputs["output"].try_extract_tensor::<f32>().expect("numbers").1.to_vec()
    }

    #[test]
    fn a_rewritten_network_gives_the_same_numbers_to_the_last_bit() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/models"));
        let runtime = Runtime::open(folder).expect("run ./dev setup: the networks are missing");
        for (name, side, scale) in [("face-embed", 112, 2.0), ("face-liveness", 128, 255.0)] {
            let bytes = runtime.models.load(name).expect("installed");
            assert!(graph::without_prelu(&bytes).is_some(), "{name} has something to rewrite");
            let (mut plain, mut quick) =
                (runtime.opened(&bytes, false).expect("opens"), runtime.session_of_one_size(name).expect("opens"));
            let mut state = 0x2545_f491_u32;
            let input: Vec<f32> = (0..3 * side * side)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (f64::from(state) / f64::from(u32::MAX) - 0.5) as f32 * scale
                })
                .collect();
            let (one, other) = (numbers(&mut plain, side, &input), numbers(&mut quick, side, &input));
            assert!(one == other && one.iter().any(|value| *value != 0.0), "{name}: {one:?} {other:?}");
            let elsewhere: Vec<f32> = input.iter().map(|value| value * 0.5).collect();
            assert!(one != numbers(&mut quick, side, &elsewhere), "{name}: another picture gives other numbers");
        }
    }
}
