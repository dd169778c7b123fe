//! The central services: what becomes of a case after the hall.
//!
//! One room (module) per service over three small stores (Journal, Blobs, Db); no HTTP here.
//! Invariants: nothing is acknowledged before it is durable; the journal is append-only and
//! every projection can be rebuilt from it; reviewer and decider are never one person; a
//! licence number and a blank serial are used once.

pub mod ca;
pub mod cases;
pub mod catalogue;
pub mod departments;
pub mod error;
pub mod evidence;
pub mod export;
pub mod feed;
pub mod help;
pub mod keys;
pub mod licences;
pub mod limits;
pub mod numbers;
pub mod proofs;
pub mod public;
pub mod rights;
pub mod sharing;
pub mod staff;
pub mod stations;
pub mod stock;
pub mod storage;
pub mod sync;
pub mod workflow;

mod centre;

pub use centre::{Centre, CentreConfig};
pub use error::{CentreError, Refusal, Result};
pub use sharing::Departments;
pub use tongban_connect::ConnectConfig;

impl Centre {
    /// 终端.
    #[must_use]
    pub const fn stations(&self) -> stations::Stations<'_> {
        stations::Stations(self)
    }

    /// 入库.
    #[must_use]
    pub const fn sync(&self) -> sync::Sync<'_> {
        sync::Sync(self)
    }

    /// 办件.
    #[must_use]
    pub const fn cases(&self) -> cases::Cases<'_> {
        cases::Cases(self)
    }

    /// 流转.
    #[must_use]
    pub const fn workflow(&self) -> workflow::Workflow<'_> {
        workflow::Workflow(self)
    }

    /// 时限.
    #[must_use]
    pub const fn limits(&self) -> limits::Limits<'_> {
        limits::Limits(self)
    }

    /// 事项目录.
    #[must_use]
    pub const fn catalogue(&self) -> catalogue::CatalogueRoom<'_> {
        catalogue::CatalogueRoom(self)
    }

    /// 共享网关.
    #[must_use]
    pub const fn sharing(&self) -> sharing::Sharing<'_> {
        sharing::Sharing(self)
    }

    /// 即办证明.
    #[must_use]
    pub const fn proofs(&self) -> proofs::Proofs<'_> {
        proofs::Proofs(self)
    }

    /// 制证.
    #[must_use]
    pub const fn licences(&self) -> licences::Licences<'_> {
        licences::Licences(self)
    }

    /// 空白证照.
    #[must_use]
    pub const fn stock(&self) -> stock::Stock<'_> {
        stock::Stock(self)
    }

    /// 编号.
    #[must_use]
    pub const fn numbers(&self) -> numbers::Numbers<'_> {
        numbers::Numbers(self)
    }

    /// 员工.
    #[must_use]
    pub const fn staff(&self) -> staff::Staff<'_> {
        staff::Staff(self)
    }

    /// 证据.
    #[must_use]
    pub const fn evidence(&self) -> evidence::Evidence<'_> {
        evidence::Evidence(self)
    }

    /// 导出.
    #[must_use]
    pub const fn export(&self) -> export::Export<'_> {
        export::Export(self)
    }

    /// 公众查询.
    #[must_use]
    pub const fn public(&self) -> public::Public<'_> {
        public::Public(self)
    }

    /// 下行.
    #[must_use]
    pub const fn feed(&self) -> feed::Feed<'_> {
        feed::Feed(self)
    }
}
