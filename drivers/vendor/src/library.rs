//! 动态库: loading, finding functions, and the calls themselves. Child process only.
#![allow(unsafe_code, reason = "calling C functions of libraries that are not ours")]

use crate::buffer::Guarded;
use crate::call::Answer;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A maker's library, loaded until the process ends: some do not survive being unloaded.
pub(crate) struct Library(*mut c_void);

fn last_error() -> String {
    // SAFETY: dlerror gives null or a string that lives until the next call of its kind on this thread.
    let text = unsafe { libc::dlerror() };
    if text.is_null() {
        return "unknown".to_owned();
    }
    // SAFETY: not null, so it is a C string.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

impl Library {
    /// Loads it.
    pub(crate) fn open(path: &Path) -> Result<Self, Answer> {
        let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| Answer::NoLibrary("path".to_owned()))?;
        // SAFETY: runs the library's initialisers, which may do anything; that is what this process is for.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if handle.is_null() { Err(Answer::NoLibrary(last_error())) } else { Ok(Self(handle)) }
    }

    fn find(&self, name: &str) -> Option<*mut c_void> {
        let symbol = CString::new(name).ok()?;
        // SAFETY: the handle came from dlopen and is never closed.
        let found = unsafe { libc::dlsym(self.0, symbol.as_ptr()) };
        (!found.is_null()).then_some(found)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn function(&self, name: &str) -> Result<*mut c_void, Answer> {
        self.find(name).ok_or_else(|| Answer::NoFunction(name.to_owned()))
    }

    /// `int f()`.
    pub(crate) fn call0(&self, name: &str) -> Result<i32, Answer> {
        let function = self.function(name)?;
        // SAFETY: the makers' headers declare these as `int f(void)`.
        let function: extern "C" fn() -> c_int = unsafe { std::mem::transmute(function) };
        Ok(function())
    }

    /// `int f(int)`.
    pub(crate) fn call_int(&self, name: &str, one: i32) -> Result<i32, Answer> {
        let function = self.function(name)?;
        // SAFETY: the makers' headers declare these as `int f(int)`.
        let function: extern "C" fn(c_int) -> c_int = unsafe { std::mem::transmute(function) };
        Ok(function(one))
    }

    /// `int f(const char *, int)`.
    pub(crate) fn call_text_int(&self, name: &str, text: &str, one: i32) -> Result<i32, Answer> {
        let function = self.function(name)?;
        let text = CString::new(text).map_err(|_| Answer::NoFunction(name.to_owned()))?;
        // SAFETY: declared as `int f(const char *, int)`; the text outlives the call.
        let function: extern "C" fn(*const c_char, c_int) -> c_int = unsafe { std::mem::transmute(function) };
        Ok(function(text.as_ptr(), one))
    }

    /// `int f(int, int *, int *)`.
    pub(crate) fn call_size(&self, name: &str, channel: i32) -> Result<(i32, i32, i32), Answer> {
        let function = self.function(name)?;
        let (mut width, mut height) = (0, 0);
        // SAFETY: declared as `int f(int, int *, int *)`; both ints outlive the call.
        let function: extern "C" fn(c_int, *mut c_int, *mut c_int) -> c_int = unsafe { std::mem::transmute(function) };
        let code = function(channel, &raw mut width, &raw mut height);
        Ok((code, width, height))
    }

    /// `int f(int, T *, int)` with the buffer in the middle; `last` is `iIfOpen`.
    pub(crate) fn call_port(&self, name: &str, port: i32, buffer: &Guarded, last: i32) -> Result<i32, Answer> {
        let function = self.function(name)?;
        // SAFETY: declared as `int f(int, unsigned char *, int)`; the buffer outlives the call.
        let function: extern "C" fn(c_int, *mut u8, c_int) -> c_int = unsafe { std::mem::transmute(function) };
        intact(name, buffer, function(port, buffer.as_ptr(), last))
    }

    /// `int f(int, unsigned char *)`.
    pub(crate) fn call_channel(&self, name: &str, channel: i32, buffer: &Guarded) -> Result<i32, Answer> {
        let function = self.function(name)?;
        // SAFETY: declared as `int f(int, unsigned char *)`; the buffer outlives the call.
        let function: extern "C" fn(c_int, *mut u8) -> c_int = unsafe { std::mem::transmute(function) };
        intact(name, buffer, function(channel, buffer.as_ptr()))
    }

    /// `int f(char *, char *, int)`: input and output.
    pub(crate) fn call_convert(&self, name: &str, input: &Guarded, output: &Guarded) -> Result<i32, Answer> {
        let function = self.function(name)?;
        // SAFETY: declared as `int f(char *, char *, int)`; both buffers outlive the call.
        let function: extern "C" fn(*mut u8, *mut u8, c_int) -> c_int = unsafe { std::mem::transmute(function) };
        let code = function(input.as_ptr(), output.as_ptr(), 0);
        intact(name, input, code)?;
        intact(name, output, code)
    }

    /// `int f(unsigned char *, unsigned char *)`.
    pub(crate) fn call_pair(&self, name: &str, one: &Guarded, other: &Guarded) -> Result<i32, Answer> {
        let function = self.function(name)?;
        // SAFETY: declared with two pointers (a float or a byte behind the second); both outlive the call.
        let function: extern "C" fn(*mut u8, *mut u8) -> c_int = unsafe { std::mem::transmute(function) };
        let code = function(one.as_ptr(), other.as_ptr());
        intact(name, one, code)?;
        intact(name, other, code)
    }

    /// `int f(unsigned char *, unsigned char *, float *)`.
    pub(crate) fn call_score(&self, name: &str, image: &Guarded, features: &Guarded) -> Result<(i32, f32), Answer> {
        let function = self.function(name)?;
        let mut score = 0_f32;
        // SAFETY: declared as `int f(unsigned char *, unsigned char *, float *)`; all outlive the call.
        let function: extern "C" fn(*mut u8, *mut u8, *mut f32) -> c_int = unsafe { std::mem::transmute(function) };
        let code = function(image.as_ptr(), features.as_ptr(), &raw mut score);
        intact(name, image, code)?;
        intact(name, features, code)?;
        Ok((code, score))
    }

    /// `int f(char *, int *)`: text of at most `most` bytes.
    pub(crate) fn call_text(&self, name: &str, most: usize) -> Result<Vec<u8>, Answer> {
        let function = self.function(name)?;
        let buffer = Guarded::new(most);
        let mut length = c_int::try_from(most).unwrap_or(c_int::MAX);
        // SAFETY: declared as `int f(char *, int *)`; both outlive the call.
        let function: extern "C" fn(*mut u8, *mut c_int) -> c_int = unsafe { std::mem::transmute(function) };
        let code = intact(name, &buffer, function(buffer.as_ptr(), &raw mut length))?;
        if code != 1 {
            return Err(Answer::Refused(name.to_owned(), code));
        }
        let length = usize::try_from(length).unwrap_or(0).min(most);
        let text = &buffer.bytes()[..length];
        Ok(text.split(|byte| *byte == 0).next().unwrap_or_default().to_vec())
    }

    /// `SDT_ReadBaseMsg` or, with fingerprints, `SDT_ReadBaseFPMsg`.
    pub(crate) fn call_read(
        &self,
        port: i32,
        blocks: [&Guarded; 3],
        with_fingers: bool,
    ) -> Result<(i32, [u32; 3]), Answer> {
        let [text, photo, fingers] = blocks;
        let mut lengths: [c_uint; 3] = [0; 3];
        let [text_len, photo_len, fingers_len] = &mut lengths;
        let code = if with_fingers {
            let function = self.function("SDT_ReadBaseFPMsg")?;
            type Read =
                extern "C" fn(c_int, *mut u8, *mut c_uint, *mut u8, *mut c_uint, *mut u8, *mut c_uint, c_int) -> c_int;
            // SAFETY: declared so in the SDT header; all buffers and lengths outlive the call.
            let function: Read = unsafe { std::mem::transmute(function) };
            function(port, text.as_ptr(), text_len, photo.as_ptr(), photo_len, fingers.as_ptr(), fingers_len, 0)
        } else {
            let function = self.function("SDT_ReadBaseMsg")?;
            type Read = extern "C" fn(c_int, *mut u8, *mut c_uint, *mut u8, *mut c_uint, c_int) -> c_int;
            // SAFETY: declared so in the SDT header; all buffers and lengths outlive the call.
            let function: Read = unsafe { std::mem::transmute(function) };
            function(port, text.as_ptr(), text_len, photo.as_ptr(), photo_len, 0)
        };
        for block in blocks {
            intact("SDT_ReadBaseMsg", block, code)?;
        }
        Ok((code, lengths))
    }
}

fn intact(name: &str, buffer: &Guarded, code: i32) -> Result<i32, Answer> {
    if buffer.is_intact() { Ok(code) } else { Err(Answer::Overrun(name.to_owned())) }
}
