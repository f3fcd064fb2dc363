//! Tests of the host on both engines.
