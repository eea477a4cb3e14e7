//! The commands of a tracking pipeline (feature `pipeline`): a file each.

pub(crate) mod add;
pub(crate) mod demo;
pub(crate) mod map;
pub(crate) mod predict;
pub(crate) mod register;
pub(crate) mod retry;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod store;
pub(crate) mod worker;
