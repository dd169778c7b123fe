//! 设备试验室: devices made of software, plugged into a real Linux kernel, and the suites run against them.
//!
//! Runs as root inside a virtual machine that `xtask lab` boots; nothing of it is in a product.
//! The devices are USB devices spoken by this process over `vhci_hcd`, so that the kernel's own
//! drivers (`cdc_acm`, `usbhid`, `usblp`, `uvcvideo`) and libusb stand between them and ours.

#![allow(clippy::print_stdout, reason = "a test program that tells its console how far it is")]

pub mod bench;
pub mod guest;
pub mod row;
pub mod suite;
pub mod uhid;
pub mod usb;
pub mod vhci;
