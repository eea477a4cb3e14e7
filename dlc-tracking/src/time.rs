//! When samples were taken.
