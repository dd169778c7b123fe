//! The part of Linux `videodev2.h` that a capture program needs, and the calls into the kernel.
//!
//! Written out instead of generated: eleven calls, whose structures have not changed since 2.6. The
//! layouts are those of 64-bit machines; the sizes below are part of the request numbers, so a
//! wrong layout is refused by the kernel and not silently believed.
#![allow(unsafe_code, reason = "ioctl on a video node")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// `V4L2_BUF_TYPE_VIDEO_CAPTURE`.
pub const CAPTURE: u32 = 1;
/// `V4L2_MEMORY_MMAP`.
pub const MEMORY_MMAP: u32 = 1;
/// `V4L2_CAP_VIDEO_CAPTURE`.
pub const CAN_CAPTURE: u32 = 1;
/// `V4L2_CAP_STREAMING`.
pub const CAN_STREAM: u32 = 0x0400_0000;
/// `V4L2_BUF_FLAG_ERROR`: the picture is damaged.
pub const FLAG_ERROR: u32 = 0x40;
/// `V4L2_PIX_FMT_MJPEG`.
pub const MJPG: u32 = u32::from_le_bytes(*b"MJPG");
/// `V4L2_PIX_FMT_JPEG`.
pub const JPEG: u32 = u32::from_le_bytes(*b"JPEG");
/// `V4L2_PIX_FMT_YUYV`.
pub const YUYV: u32 = u32::from_le_bytes(*b"YUYV");

/// `V4L2_CID_EXPOSURE_AUTO`, a menu: 0 automatic, 1 manual, 3 aperture priority.
pub const EXPOSURE_AUTO: u32 = 0x009A_0901;
/// `V4L2_CID_EXPOSURE_ABSOLUTE`, in 100 µs.
pub const EXPOSURE: u32 = 0x009A_0902;
/// `V4L2_CID_FOCUS_ABSOLUTE`.
pub const FOCUS: u32 = 0x009A_090A;
/// `V4L2_CID_FOCUS_AUTO`.
pub const FOCUS_AUTO: u32 = 0x009A_090C;

/// `struct v4l2_capability`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Capability {
    pub driver: [u8; 16],
    pub card: [u8; 32],
    pub bus_info: [u8; 32],
    pub version: u32,
    pub capabilities: u32,
    pub device_caps: u32,
    pub reserved: [u32; 3],
}

/// `struct v4l2_fmtdesc`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FormatName {
    pub index: u32,
    pub kind: u32,
    pub flags: u32,
    pub description: [u8; 32],
    pub pixel_format: u32,
    pub bus_code: u32,
    pub reserved: [u32; 3],
}

/// `struct v4l2_format` with `struct v4l2_pix_format` in it.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub struct Format {
    pub kind: u32,
    pub padding: u32,
    pub width: u32,
    pub height: u32,
    pub pixel_format: u32,
    pub field: u32,
    pub bytes_per_line: u32,
    pub size_image: u32,
    pub rest: [u32; 44],
}

/// `struct v4l2_frmsizeenum`; a discrete size stands in the first two of `size`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FrameSize {
    pub index: u32,
    pub pixel_format: u32,
    pub kind: u32,
    /// Discrete: width, height. Stepwise: width least, most, step, height least, most, step.
    pub size: [u32; 6],
    pub reserved: [u32; 2],
}

/// `struct v4l2_frmivalenum`; seconds a picture as a fraction.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FrameInterval {
    pub index: u32,
    pub pixel_format: u32,
    pub width: u32,
    pub height: u32,
    pub kind: u32,
    pub fractions: [u32; 6],
    pub reserved: [u32; 2],
}

/// `struct v4l2_streamparm` with `struct v4l2_captureparm` in it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct StreamParm {
    pub kind: u32,
    pub capability: u32,
    pub mode: u32,
    pub numerator: u32,
    pub denominator: u32,
    pub rest: [u32; 46],
}

/// `struct v4l2_requestbuffers`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RequestBuffers {
    pub count: u32,
    pub kind: u32,
    pub memory: u32,
    pub capabilities: u32,
    pub flags: u32,
}

/// `struct v4l2_buffer` of 64-bit machines.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Buffer {
    pub index: u32,
    pub kind: u32,
    pub bytes_used: u32,
    pub flags: u32,
    pub field: u32,
    pub padding: u32,
    pub timestamp: [i64; 2],
    pub timecode: [u32; 4],
    pub sequence: u32,
    pub memory: u32,
    pub offset: u64,
    pub length: u32,
    pub reserved: [u32; 3],
}

/// `struct v4l2_queryctrl`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct QueryControl {
    pub id: u32,
    pub kind: u32,
    pub name: [u8; 32],
    pub minimum: i32,
    pub maximum: i32,
    pub step: i32,
    pub default: i32,
    pub flags: u32,
    pub reserved: [u32; 2],
}

/// `struct v4l2_control`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Control {
    pub id: u32,
    pub value: i32,
}

const _: () = assert!(size_of::<Capability>() == 104);
const _: () = assert!(size_of::<FormatName>() == 64);
const _: () = assert!(size_of::<Format>() == 208);
const _: () = assert!(size_of::<FrameSize>() == 44);
const _: () = assert!(size_of::<FrameInterval>() == 52);
const _: () = assert!(size_of::<StreamParm>() == 204);
const _: () = assert!(size_of::<RequestBuffers>() == 20);
const _: () = assert!(size_of::<Buffer>() == 88);
const _: () = assert!(size_of::<QueryControl>() == 68);

/// A structure of plain numbers: every pattern of bits is one, none has a pointer the kernel follows.
///
/// # Safety
/// Implement it for such structures only, with the layout the kernel has for `NUMBER`.
pub unsafe trait Request: Copy {
    /// A value of noughts.
    #[must_use]
    fn zeroed() -> Self {
        // SAFETY: every pattern of bits is a value of an implementor.
        unsafe { std::mem::zeroed() }
    }
}

macro_rules! requests {
    ($($name:ident),+) => {
        $(
            // SAFETY: plain integers and arrays of them, laid out as in videodev2.h.
            unsafe impl Request for $name {}
        )+
    };
}
requests!(
    Capability,
    FormatName,
    Format,
    FrameSize,
    FrameInterval,
    StreamParm,
    RequestBuffers,
    Buffer,
    QueryControl,
    Control,
    i32
);

/// Which way the structure goes.
#[derive(Clone, Copy)]
pub enum Way {
    /// `_IOW`.
    In,
    /// `_IOR`.
    Out,
    /// `_IOWR`.
    Both,
}

/// Makes the call number `number` of the `V` group with this structure.
///
/// # Errors
/// As the kernel says; an interrupted call is made again.
pub fn call<T: Request>(node: BorrowedFd<'_>, way: Way, number: u32, value: &mut T) -> io::Result<()> {
    let direction = match way {
        Way::In => 1,
        Way::Out => 2,
        Way::Both => 3,
    };
    let size = u32::try_from(size_of::<T>()).unwrap_or(0);
    let request = libc::c_ulong::from((direction << 30) | (size << 16) | (u32::from(b'V') << 8) | number);
    loop {
        // SAFETY: the request's size field is the size of `T`, so the kernel reads and writes
        // within `value`, which lives through the call; `T` is plain numbers.
        let outcome = unsafe { libc::ioctl(node.as_raw_fd(), request, std::ptr::from_mut(value)) };
        if outcome >= 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
