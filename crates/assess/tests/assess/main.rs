//! The rules of verdict, score, grade and acceptance, through the public door.

mod acceptance;
mod answers;
mod fixture;
mod grades;
mod laws;
mod verdicts;
