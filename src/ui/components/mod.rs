//! What pages are made of. Each takes what it shows as props or from `state`; rules stand in plain
//! functions beside them.

pub mod avatar;
pub mod choices;
pub mod composer;
pub mod connection;
pub mod field;
pub mod form_error;
pub mod icon;
pub mod list;
pub mod members;
pub mod notice_page;
pub mod outside;
pub mod page_title;
pub mod post_form;
pub mod room_header;
pub mod select;
pub mod show_more;
pub mod sidebar;
pub mod skeleton;
pub mod timeline;
pub mod toasts;
pub mod typing;
