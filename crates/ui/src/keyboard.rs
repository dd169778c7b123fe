//! The on-screen keyboard.
pub mod pinyin;
