//! More than sixteen runs: what goes, what stays known.
