//! The rows of the office pages: bench, supervision, statistics, library, halls, money, archive.

use super::{Listener, Policy, Route, row};
use crate::staff::{
    account, audit, catalogue, consult, halls, hours, knowledge, library, performance, seals, sharing, statistics,
    supervision, tickets, todo, trade,
};
use crate::state::AppState;
use axum::http::Method;
use axum::routing::{MethodRouter, get, post};
use tongban_centre::rights::Action;

/// Largest item file or statement typed into a form; Chinese is nine bytes a character on the way.
const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;

const AGENCIES: &[Action] = &[Action::EditItems, Action::CheckItems, Action::Supervise];
const LIBRARY: &[Action] = &[Action::EditItems, Action::CheckItems, Action::PublishItems];
const WORDS: &[Action] = &[Action::EditItems, Action::CheckItems];
const SEALS: &[Action] = &[Action::GrantRights, Action::OperateLicences];

fn at(method: Method, path: &'static str, policy: Policy, handler: MethodRouter<AppState>) -> Route {
    row(Listener::Staff, method, path, policy, handler)
}

fn sees(path: &'static str, action: Action, handler: MethodRouter<AppState>) -> Route {
    at(Method::GET, path, Policy::Right(action), handler)
}

fn does(path: &'static str, action: Action, handler: MethodRouter<AppState>) -> Route {
    at(Method::POST, path, Policy::Right(action), handler)
}

pub(super) fn rows() -> Vec<Route> {
    let mut rows = own_rows();
    rows.extend(watch_rows());
    rows.extend(voice_rows());
    rows.extend(words_rows());
    rows.extend(library_rows());
    rows.extend(sharing_rows());
    rows.extend(hall_rows());
    rows
}

/// Everybody's own pages.
fn own_rows() -> Vec<Route> {
    let own = |method, path, handler| at(method, path, Policy::SignedIn, handler);
    vec![
        own(Method::GET, "/todo", get(todo::page)),
        own(Method::GET, "/account", get(account::page)),
        own(Method::POST, "/account/second", post(account::second)).rate("sign-in", 60),
        own(Method::GET, "/leave", get(account::leaves)),
        own(Method::POST, "/leave", post(account::leave)),
        own(Method::POST, "/leave/{id}/back", post(account::back)),
    ]
}

fn watch_rows() -> Vec<Route> {
    let (watch, talk, count) = (Action::Supervise, Action::HandleTickets, Action::ViewStatistics);
    vec![
        sees("/supervision", watch, get(supervision::page)),
        does("/supervision/appeal", Action::ViewCases, post(supervision::appeal)),
        does("/supervision/answer", watch, post(supervision::answer_appeal)),
        does("/supervision/order", Action::ViewCases, post(supervision::answer_order)),
        does("/supervision/check", watch, post(supervision::check)),
        does("/supervision/settle", watch, post(supervision::settle)),
        sees("/audit", Action::AuditCase, get(audit::page)),
        sees("/ratings", watch, get(supervision::ratings)),
        does("/ratings/exclude", watch, post(supervision::exclude)),
        sees("/tickets", talk, get(tickets::list)),
        sees("/tickets/{id}", talk, get(tickets::one)),
        does("/tickets", talk, post(tickets::open)),
        does("/tickets/sign", talk, post(tickets::sign)),
        does("/tickets/extend", talk, post(tickets::extend)),
        does("/tickets/answer", talk, post(tickets::reply)),
        sees("/hotline", talk, get(tickets::hotline)),
        does("/hotline", talk, post(tickets::hotline_progress)).rate("progress", 30),
        sees("/statistics", count, get(statistics::page)),
        sees("/statistics.csv", count, get(statistics::csv)),
        sees("/performance", count, get(performance::page)),
        does("/performance/weights", watch, post(performance::weights)),
        does("/performance/appeal", Action::ViewCases, post(performance::appeal)),
        does("/performance/answer", watch, post(performance::answer_appeal)),
    ]
}

/// 意见征询和听证.
fn voice_rows() -> Vec<Route> {
    let (talk, watch) = (Action::HandleTickets, Action::Supervise);
    vec![
        sees("/consultations", talk, get(consult::list)),
        sees("/consultations/{id}", talk, get(consult::one)),
        does("/consultations", talk, post(consult::draft)).body(FILE_BYTES_MAX),
        does("/consultations/publish", watch, post(consult::publish)),
        does("/consultations/moderate", talk, post(consult::moderate)),
        does("/consultations/answer", watch, post(consult::reply)).body(FILE_BYTES_MAX),
    ]
}

/// 知识库, 消息模板, 印章, 安全检查.
fn words_rows() -> Vec<Route> {
    let (edit, check, publish) = (Action::EditItems, Action::CheckItems, Action::PublishItems);
    vec![
        at(Method::GET, "/knowledge", Policy::AnyOf(LIBRARY), get(knowledge::page)),
        does("/knowledge", edit, post(knowledge::draft)),
        does("/knowledge/check", check, post(knowledge::check)),
        does("/knowledge/publish", publish, post(knowledge::publish)),
        does("/knowledge/end", publish, post(knowledge::end)),
        at(Method::GET, "/messages", Policy::AnyOf(WORDS), get(knowledge::messages)),
        does("/messages", edit, post(knowledge::propose)),
        does("/messages/enforce", check, post(knowledge::enforce)),
        at(Method::GET, "/seals", Policy::AnyOf(SEALS), get(seals::seals)),
        does("/seals", Action::GrantRights, post(seals::register)),
        does("/seals/set", Action::GrantRights, post(seals::set_seal)),
        sees("/upkeep", Action::ViewStations, get(seals::upkeep)),
        does("/upkeep", Action::ManageStations, post(seals::finding)),
        does("/upkeep/end", Action::ManageStations, post(seals::finding_end)),
    ]
}

fn library_rows() -> Vec<Route> {
    let any = |path, handler| at(Method::GET, path, Policy::AnyOf(LIBRARY), handler);
    vec![
        any("/library", get(library::list)),
        any("/library.json", get(library::export)),
        any("/library/{key}", get(library::edit)),
        at(Method::GET, "/library/{key}/guide", Policy::SignedIn, get(library::guide)),
        does("/library/{key}", Action::EditItems, post(library::save)).body(FILE_BYTES_MAX),
        does("/library/approve", Action::CheckItems, post(library::approve)),
        does("/library/return", Action::CheckItems, post(library::send_back)),
        does("/library/publish", Action::PublishItems, post(library::publish)),
        does("/library/import", Action::EditItems, post(library::import)).body(FILE_BYTES_MAX),
        does("/library/calendar", Action::PublishItems, post(library::calendar)).body(FILE_BYTES_MAX),
        at(Method::GET, "/intermediaries", Policy::AnyOf(AGENCIES), get(performance::agencies)),
        does("/intermediaries", Action::EditItems, post(performance::agency_enter)),
        does("/intermediaries/list", Action::CheckItems, post(performance::agency_list)),
        does("/intermediaries/suspend", Action::Supervise, post(performance::agency_suspend)),
        sees("/claims", Action::RunHall, get(library::claims)),
        does("/claims", Action::RunHall, post(library::claim)),
    ]
}

/// 数据共享 and exchange.
fn sharing_rows() -> Vec<Route> {
    let see = Action::ViewSharing;
    vec![
        sees("/resources", see, get(catalogue::page)),
        does("/resources/ask", Action::AskData, post(catalogue::ask)),
        does("/resources/check", Action::CheckData, post(catalogue::check)),
        does("/resources/answer", Action::GrantData, post(catalogue::reply)),
        does("/resources/objection", Action::GrantData, post(catalogue::objection)),
        does("/resources/dispute", Action::AskData, post(catalogue::dispute)),
        does("/resources/coordinate", Action::CheckData, post(catalogue::coordinate)),
        at(
            Method::POST,
            "/resources/end",
            Policy::AnyOf(&[Action::CheckData, Action::GrantData]),
            post(catalogue::end),
        ),
        does("/resources/put", Action::EditResources, post(catalogue::put)).body(FILE_BYTES_MAX),
        sees("/calls", see, get(sharing::calls)),
        sees("/exchange", see, get(catalogue::exchange)),
        does("/exchange/retry", Action::RunExchange, post(catalogue::retry)),
    ]
}

fn hall_rows() -> Vec<Route> {
    let (run, stop, accept) = (Action::RunHall, Action::StopService, Action::Accept);
    let money = Action::TakePayments;
    vec![
        at(Method::GET, "/halls", Policy::AnyOf(&[Action::RunHall, Action::StopService]), get(halls::page)),
        does("/halls/window", run, post(halls::window)),
        does("/halls/hours", run, post(hours::set)),
        does("/halls/duty", run, post(halls::duty)),
        does("/halls/notice", run, post(halls::notice)),
        does("/halls/stop", stop, post(halls::stop)),
        does("/halls/resume", stop, post(halls::resume)),
        at(Method::GET, "/queue", Policy::AnyOf(&[Action::Accept, Action::RunHall]), get(halls::queue)),
        does("/queue/call", accept, post(halls::call)),
        does("/queue/end", accept, post(halls::end)),
        does("/queue/check-in", accept, post(hours::check_in)),
        at(Method::GET, "/rights", Policy::AnyOf(&[Action::GrantRights, Action::ViewLog]), get(halls::rights)),
        does("/rights/reset", Action::GrantRights, post(halls::reset)),
        does("/staff/post", Action::ManageStaff, post(halls::post)),
        sees("/payments", money, get(trade::payments)),
        does("/payments/refund", money, post(trade::refund)),
        does("/payments/reconcile", money, post(trade::reconcile)).body(FILE_BYTES_MAX),
        sees("/parcels", Action::OperateLicences, get(trade::parcels)),
        sees("/parcels/{id}/label", Action::OperateLicences, get(trade::label)),
        does("/parcels", Action::OperateLicences, post(trade::parcel)),
        sees("/archive", Action::ViewArchive, get(trade::archive)),
        does("/archive", Action::ViewArchive, post(trade::package)),
    ]
}
