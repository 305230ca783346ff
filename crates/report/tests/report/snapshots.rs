//! What is printed, compared with files. `UPDATE=1` rewrites them.

use std::path::Path;

use plimsoll_base::{CATALOGUE, about};
use plimsoll_report::{TerminalOptions, arithmetic, controls, explain, map, terminal};

use crate::fixtures;

pub fn printed(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    render(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn expect(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(expected == text, "{name} differs from {}; UPDATE=1 rewrites it. Printed:\n{text}", file.display());
}

fn wide(width: usize) -> TerminalOptions {
    TerminalOptions { width, ..TerminalOptions::default() }
}

#[test]
fn first_screens() {
    for (name, assessment) in fixtures::all() {
        for width in [80, 120] {
            expect(&format!("{name}.{width}"), &printed(|out| terminal::render(&assessment, &wide(width), out)));
        }
    }
}

#[test]
fn everything() {
    let options = TerminalOptions { all: true, policy_hash: Some("sha256:0f3c".into()), ..wide(80) };
    for (name, assessment) in
        [("no-go", fixtures::no_go()), ("no-go-early", fixtures::no_go_early()), ("conditional-go", fixtures::conditional_go())]
    {
        expect(&format!("{name}.all"), &printed(|out| terminal::render(&assessment, &options, out)));
    }
}

#[test]
fn chosen_controls() {
    let only = vec!["recovery".into(), "edge/rate-limiting".into(), "edge/https-tls".into(), "no/such".into()];
    let options = TerminalOptions { only, ..wide(80) };
    expect("no-go.only", &printed(|out| terminal::render(&fixtures::no_go(), &options, out)));
}

#[test]
fn in_ascii_and_in_colour() {
    let ascii = TerminalOptions { ascii: true, ..wide(80) };
    let text = printed(|out| terminal::render(&fixtures::no_go(), &ascii, out));
    assert!(text.is_ascii());
    expect("no-go.ascii", &text);
    let colour = TerminalOptions { colour: true, ..wide(80) };
    expect("no-go.colour", &printed(|out| terminal::render(&fixtures::no_go(), &colour, out)));
}

#[test]
fn the_arithmetic() {
    expect("no-go.arithmetic", &printed(|out| arithmetic::render(&fixtures::no_go(), &wide(80), out)));
}

#[test]
fn maps() {
    for (name, assessment) in
        [("no-go", fixtures::no_go()), ("hostile", fixtures::hostile()), ("not-assessable", fixtures::not_assessable())]
    {
        expect(&format!("{name}.map"), &printed(|out| map::text(&assessment, &wide(80), out)));
        expect(&format!("{name}.mermaid"), &printed(|out| map::mermaid(&assessment, out)));
    }
}

#[test]
fn the_catalogue() {
    let rows: Vec<_> = CATALOGUE.iter().map(|about| controls::Row { about, judged: about.id.starts_with("secrets/") }).collect();
    for width in [80, 140] {
        let options = TerminalOptions { only: vec!["secrets".into(), "recovery".into()], ..wide(width) };
        expect(&format!("controls.{width}"), &printed(|out| controls::list(&rows, &options, out)));
    }
}

const PAGE: &str = "# Containers run as a non-root user

A process that is root in its container is **one flaw** away from the host; see the
[manual](https://docs.docker.com/engine/security/) and `USER` in `backend/Dockerfile:12`.

## How it is decided

| verdict | when |
|---|---|
| met | the last stage of the image that is deployed sets a user that is neither root nor 0, or the workload does, and nothing later undoes it |
| unmet | it is root |

- one point that is long enough to be wrapped on a terminal of eighty columns, as most of them are
  - a point within
1. first
2. second

### An image without USER

```dockerfile Dockerfile
FROM python:3.14
RUN pip install -r requirements.txt --no-cache-dir --require-hashes --only-binary :all: --quiet
\tCMD [\"x\"]
```
";

#[test]
fn a_page() {
    let about = about("containers/non-root-user").unwrap();
    expect("explain.80", &printed(|out| explain::render(PAGE, about, &wide(80), out)));
    expect("explain.none", &printed(|out| explain::render("", about, &wide(80), out)));
}
