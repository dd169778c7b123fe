//! The central services: what becomes of a case after the hall.
//!
//! One room (module) per service over three small stores (Journal, Blobs, Db); no HTTP here.
//! Invariants: nothing is acknowledged before it is durable; the journal is append-only and
//! every projection can be rebuilt from it; reviewer and decider are never one person; a
//! licence number and a blank serial are used once.

pub mod appointments;
pub mod archive;
#[cfg(feature = "bench")]
mod bench;
pub mod brought;
pub mod ca;
pub mod cases;
pub mod catalogue;
pub mod completeness;
pub mod consultations;
pub mod courier;
pub mod departments;
pub mod desk;
pub mod error;
pub mod evidence;
pub mod exchange;
pub mod export;
pub mod feed;
pub mod findings;
pub mod handling;
pub mod handover;
pub mod help;
pub mod hours;
pub mod intermediaries;
pub mod joint;
pub mod keys;
pub mod knowledge;
pub mod library;
pub mod licences;
pub mod lifecycle;
pub mod limits;
pub mod messages;
pub mod notices;
pub mod numbers;
pub mod open;
pub mod operations;
pub mod org;
pub mod papers;
pub mod payments;
pub mod people;
pub mod performance;
pub mod proofs;
pub mod public;
pub mod ratings;
pub mod rights;
pub mod seals;
pub mod second;
pub mod self_tests;
pub mod sharing;
pub mod situations;
pub mod staff;
pub mod stations;
pub mod statistics;
pub mod stock;
pub mod storage;
pub mod supervision;
pub mod sync;
pub mod tickets;
pub mod workflow;

mod centre;
mod office;

pub use centre::{Centre, CentreConfig};
pub use error::{CentreError, Refusal, Result};
pub use sharing::Departments;
pub use storage::StorageConfig;
pub use tongban_connect::ConnectConfig;

impl Centre {
    /// 终端.
    #[must_use]
    pub const fn stations(&self) -> stations::Stations<'_> {
        stations::Stations(self)
    }

    /// 转接续办.
    #[must_use]
    pub const fn handover(&self) -> handover::Handover<'_> {
        handover::Handover(self)
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

    /// 数据交换.
    #[must_use]
    pub const fn exchange(&self) -> exchange::Exchange<'_> {
        exchange::Exchange(self)
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

    /// 办理.
    #[must_use]
    pub const fn handling(&self) -> handling::Handling<'_> {
        handling::Handling(self)
    }

    /// 文书.
    #[must_use]
    pub const fn papers(&self) -> papers::Papers<'_> {
        papers::Papers(self)
    }

    /// 巡检.
    #[must_use]
    pub const fn lifecycle(&self) -> lifecycle::Lifecycle<'_> {
        lifecycle::Lifecycle(self)
    }

    /// 并联.
    #[must_use]
    pub const fn joint(&self) -> joint::Joint<'_> {
        joint::Joint(self)
    }

    /// 齐全单.
    #[must_use]
    pub const fn completeness(&self) -> completeness::Completeness<'_> {
        completeness::Completeness(self)
    }

    /// 事项库.
    #[must_use]
    pub const fn library(&self) -> library::Library<'_> {
        library::Library(self)
    }

    /// 人与企业.
    #[must_use]
    pub const fn people(&self) -> people::People<'_> {
        people::People(self)
    }

    /// 机构与岗位.
    #[must_use]
    pub const fn organisation(&self) -> org::Organisation<'_> {
        org::Organisation(self)
    }

    /// 运行管理.
    #[must_use]
    pub const fn operations(&self) -> operations::Operations<'_> {
        operations::Operations(self)
    }

    /// 监察.
    #[must_use]
    pub const fn supervision(&self) -> supervision::Supervision<'_> {
        supervision::Supervision(self)
    }

    /// 好差评.
    #[must_use]
    pub const fn ratings(&self) -> ratings::Ratings<'_> {
        ratings::Ratings(self)
    }

    /// 诉求.
    #[must_use]
    pub const fn tickets(&self) -> tickets::Tickets<'_> {
        tickets::Tickets(self)
    }

    /// 统计.
    #[must_use]
    pub const fn statistics(&self) -> statistics::Statistics<'_> {
        statistics::Statistics(self)
    }

    /// 预约与排队.
    #[must_use]
    pub const fn appointments(&self) -> appointments::Appointments<'_> {
        appointments::Appointments(self)
    }

    /// 缴费.
    #[must_use]
    pub const fn payments(&self) -> payments::Payments<'_> {
        payments::Payments(self)
    }

    /// 寄递.
    #[must_use]
    pub const fn courier(&self) -> courier::Courier<'_> {
        courier::Courier(self)
    }

    /// 档案.
    #[must_use]
    pub const fn archive(&self) -> archive::Archive<'_> {
        archive::Archive(self)
    }
}
