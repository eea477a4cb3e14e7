//! Angles in [0, 2π), and what is circular about them.
