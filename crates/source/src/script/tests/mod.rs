//! What each form of the language lowers to, and that no text is too much.

mod forms;
mod show;
mod size;
