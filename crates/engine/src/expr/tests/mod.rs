//! What the language must do, and what it must withstand.
