//! The files of DeepLabCut.
