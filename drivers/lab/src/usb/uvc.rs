//! UVC 镜头: USB video class 1.0 over a bulk endpoint, MJPG, with exposure and focus controls.

use super::{configuration, device_descriptor, endpoint, interface};
use crate::vhci::{Function, Sent, Setup};
use std::time::{Duration, Instant};

/// Longest payload transfer; a header of two bytes leads each.
const PAYLOAD_BYTES: usize = 16_384;
/// 1/15 s in units of 100 ns.
const INTERVAL: u32 = 666_667;
const CAMERA_TERMINAL: u16 = 0x0100;
const GET_CUR: u8 = 0x81;
const GET_MIN: u8 = 0x82;
const GET_MAX: u8 = 0x83;
const GET_RES: u8 = 0x84;
const GET_LEN: u8 = 0x85;
const GET_INFO: u8 = 0x86;
const GET_DEF: u8 = 0x87;

/// One size the lens can send.
pub struct Size {
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// JPEG files, shown in turn.
    pub pictures: Vec<Vec<u8>>,
}

/// A camera terminal control (UVC 1.0, 4.2.2.1): selector, length, minimum, maximum, step, value as delivered.
struct Control {
    selector: u8,
    length: usize,
    range: [u32; 3],
    default: u32,
    value: u32,
}

/// 镜头. One lens of a camera.
pub struct Lens {
    name: String,
    product: u16,
    sizes: Vec<Size>,
    controls: Vec<Control>,
    probe: Vec<u8>,
    size: usize,
    shown: usize,
    offset: usize,
    flip: u8,
    next: Instant,
}

impl Lens {
    /// A lens that sends these sizes.
    #[must_use]
    pub fn new(name: &str, product: u16, sizes: Vec<Size>) -> Self {
        let mut probe = vec![1, 0, 1, 1];
        probe.extend(INTERVAL.to_le_bytes());
        probe.extend([0; 10]);
        probe.extend(sizes.first().map_or(0, buffer_bytes).to_le_bytes());
        probe.extend((PAYLOAD_BYTES as u32).to_le_bytes());
        let control = |selector, length, range, default| Control { selector, length, range, default, value: default };
        Self {
            name: name.to_owned(),
            product,
            sizes,
            controls: vec![
                // Auto-exposure mode is a bit map: manual 1, aperture priority 8.
                control(0x02, 1, [0, 0, 9], 8),
                control(0x04, 4, [1, 10_000, 1], 156),
                control(0x06, 2, [0, 255, 1], 30),
                control(0x08, 1, [0, 1, 1], 1),
            ],
            probe,
            size: 0,
            shown: 0,
            offset: 0,
            flip: 0,
            next: Instant::now(),
        }
    }

    /// Value of the exposure mode, exposure time (100 µs), focus, auto-focus.
    #[must_use]
    pub fn set(&self) -> [u32; 4] {
        std::array::from_fn(|at| self.controls[at].value)
    }

    /// Pictures sent whole since it was made.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.shown
    }

    fn streaming_interface(&self) -> Vec<u8> {
        let mut formats = vec![11, 0x24, 6, 1, u8::try_from(self.sizes.len()).unwrap_or(1), 1, 1, 0, 0, 0, 4];
        for (number, size) in (1_u8..).zip(&self.sizes) {
            formats.extend([30, 0x24, 7, number, 0]);
            formats.extend(size.width.to_le_bytes());
            formats.extend(size.height.to_le_bytes());
            formats.extend(1_000_000_u32.to_le_bytes());
            formats.extend(50_000_000_u32.to_le_bytes());
            formats.extend(buffer_bytes(size).to_le_bytes());
            formats.extend(INTERVAL.to_le_bytes());
            formats.push(1);
            formats.extend(INTERVAL.to_le_bytes());
        }
        formats.extend([6, 0x24, 0x0D, 1, 1, 4]);
        let total = u16::try_from(14 + formats.len()).unwrap_or(u16::MAX).to_le_bytes();
        let mut bytes = vec![14, 0x24, 1, 1, total[0], total[1], 0x81, 0, 2, 0, 0, 0, 1, 0];
        bytes.extend(formats);
        bytes
    }

    fn camera_control(&mut self, setup: Setup, data: &[u8]) -> Option<Vec<u8>> {
        let selector = (setup.value >> 8) as u8;
        let control = self.controls.iter_mut().find(|control| control.selector == selector)?;
        let bytes = |value: u32| value.to_le_bytes()[..control.length].to_vec();
        match setup.request {
            1 if setup.kind == 0x21 => {
                let mut value = [0; 4];
                value[..control.length].copy_from_slice(data.get(..control.length)?);
                control.value = u32::from_le_bytes(value);
                Some(Vec::new())
            }
            GET_CUR => Some(bytes(control.value)),
            GET_MIN => Some(bytes(control.range[0])),
            GET_MAX => Some(bytes(control.range[1])),
            GET_RES => Some(bytes(control.range[2])),
            GET_DEF => Some(bytes(control.default)),
            GET_INFO => Some(vec![3]),
            GET_LEN => Some(vec![u8::try_from(control.length).unwrap_or(1), 0]),
            _ => None,
        }
    }

    /// Probe and commit (UVC 1.0, 4.3.1.1).
    fn negotiate(&mut self, setup: Setup, data: &[u8]) -> Option<Vec<u8>> {
        match setup.request {
            1 if setup.kind == 0x21 => {
                let wanted = usize::from(*data.get(3)?).clamp(1, self.sizes.len());
                self.probe[2] = 1;
                self.probe[3] = u8::try_from(wanted).unwrap_or(1);
                self.size = wanted - 1;
                self.probe[18..22].copy_from_slice(&buffer_bytes(&self.sizes[self.size]).to_le_bytes());
                self.offset = 0;
                Some(Vec::new())
            }
            GET_CUR | GET_MIN | GET_MAX | GET_RES | GET_DEF => Some(self.probe.clone()),
            GET_INFO => Some(vec![3]),
            GET_LEN => Some(vec![26, 0]),
            _ => None,
        }
    }
}

fn buffer_bytes(size: &Size) -> u32 {
    u32::from(size.width) * u32::from(size.height) * 2
}

impl Function for Lens {
    fn device(&self) -> Vec<u8> {
        device_descriptor([0xEF, 2, 1], 0x1B17, self.product)
    }

    fn configuration(&self) -> Vec<u8> {
        let mut rest = vec![8, 11, 0, 2, 0x0E, 3, 0, 0];
        rest.extend(interface(0, 0, [0x0E, 1, 0]));
        // Camera terminal 1 with exposure mode, exposure time, focus and auto-focus; output terminal 2.
        let mut units = vec![18, 0x24, 2, 1, 0x01, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0x2A, 0, 2];
        units.extend([9, 0x24, 3, 2, 0x01, 0x01, 0, 1, 0]);
        let total = u16::try_from(13 + units.len()).unwrap_or(u16::MAX).to_le_bytes();
        rest.extend([13, 0x24, 1, 0x00, 0x01, total[0], total[1]]);
        rest.extend(48_000_000_u32.to_le_bytes());
        rest.extend([1, 1]);
        rest.extend(units);
        rest.extend(interface(1, 1, [0x0E, 2, 0]));
        rest.extend(self.streaming_interface());
        rest.extend(endpoint(0x81, 2, 512, 0));
        configuration(2, &rest)
    }

    fn string(&self, index: u8) -> Option<String> {
        let texts = ["tongban lab", self.name.as_str(), "0005"];
        texts.get(usize::from(index).checked_sub(1)?).map(ToString::to_string)
    }

    fn control(&mut self, setup: Setup, data: &[u8]) -> Option<Vec<u8>> {
        let selector = setup.value >> 8;
        match setup.index {
            CAMERA_TERMINAL => self.camera_control(setup, data),
            1 if selector == 1 || selector == 2 => self.negotiate(setup, data),
            _ => None,
        }
    }

    fn receive(&mut self, _endpoint: u8, _bytes: &[u8]) -> bool {
        true
    }

    fn send(&mut self, _endpoint: u8, room: usize) -> Sent {
        if self.offset == 0 {
            let now = Instant::now();
            if now < self.next {
                return Sent::Nothing;
            }
            self.next = now.max(self.next + Duration::from_nanos(u64::from(INTERVAL) * 100));
        }
        let pictures = &self.sizes[self.size].pictures;
        let picture = &pictures[self.shown % pictures.len()];
        let count = (room.min(PAYLOAD_BYTES) - 2).min(picture.len() - self.offset);
        let last = self.offset + count == picture.len();
        let mut payload = vec![2, 0x80 | self.flip | if last { 2 } else { 0 }];
        payload.extend_from_slice(&picture[self.offset..self.offset + count]);
        self.offset += count;
        if last {
            self.offset = 0;
            self.shown += 1;
            self.flip ^= 1;
        }
        Sent::Data(payload)
    }
}
