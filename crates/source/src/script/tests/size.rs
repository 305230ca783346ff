//! That no text is too much.
