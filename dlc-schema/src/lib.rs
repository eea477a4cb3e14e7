//! The tables of a tracking pipeline, stores that keep them, and the rules of its jobs.
#![forbid(unsafe_code)]
