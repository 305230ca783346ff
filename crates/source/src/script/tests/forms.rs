//! Every form with an example and all that it lowers to, in `forms.txt`: a title with the dialect, the source, a line `----`, what it gives.

use super::show::show;
use crate::{Dialect, read};

const FORMS: &str = include_str!("forms.txt");

#[test]
fn every_form_lowers_to_what_the_table_says() {
    let mut wrong = String::new();
    for form in FORMS.split("\n## ").skip(1) {
        let (head, rest) = form.split_once('\n').expect("a title");
        let (source, expected) = rest.split_once("\n----\n").expect("what it gives");
        let (dialect, title) = head.split_once(": ").expect("a dialect");
        let parsed = read(dialect_of(dialect), source);
        let mut found = show(&parsed.value);
        for issue in &parsed.issues {
            found.push_str(&format!("issue {:?} {}\n", issue.span.map(|s| s.range()), issue.says));
        }
        if found.trim() != expected.trim() {
            wrong.push_str(&format!("\n## {dialect}: {title}\n{source}\n----\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "these forms give something else:\n{wrong}");
}

fn dialect_of(name: &str) -> Dialect {
    Dialect::of(&format!("file.{name}")).expect("a dialect")
}
