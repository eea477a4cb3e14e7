//! Steps that clean and describe tracks, each usable alone, on slices.
