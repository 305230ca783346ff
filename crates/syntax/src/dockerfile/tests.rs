use super::*;

fn read(text: &str) -> Dockerfile {
    let parsed = dockerfile(text.as_bytes());
    assert_eq!(parsed.issues, [], "{text}");
    parsed.value
}

fn kinds(file: &Dockerfile) -> Vec<&InstructionKind> {
    file.stages.iter().flat_map(|stage| &stage.instructions).map(|instruction| &instruction.kind).collect()
}

fn run(file: &Dockerfile, stage: usize, instruction: usize) -> &Run {
    match &file.stages[stage].instructions[instruction].kind {
        InstructionKind::Run(run) => run,
        other => panic!("{other:?}"),
    }
}

fn images(text: &str) -> Vec<Option<String>> {
    dockerfile(text.as_bytes()).value.stages.into_iter().map(|stage| stage.from.image).collect()
}

#[test]
fn stages_name_each_other() {
    let file = read(
        "FROM node:22 AS Deps\nFROM deps AS build\nFROM --platform=$BUILDPLATFORM nginx:1.27\nCOPY --from=build /a /b\nCOPY --from=0 /c /d\nCOPY --from=alpine:3 /e /f\n",
    );
    assert_eq!(file.stages[0].name.as_deref(), Some("Deps"));
    assert_eq!(file.stages[1].from.stage, Some(0));
    assert_eq!(file.stages[2].from.platform.as_deref(), Some("$BUILDPLATFORM"));
    let from: Vec<_> = kinds(&file)
        .into_iter()
        .filter_map(|kind| if let InstructionKind::Copy(copy) = kind { Some(copy.from_stage) } else { None })
        .collect();
    assert_eq!(from, [Some(1), Some(0), None]);
    assert_eq!(file.target(Some("BUILD")).map(|s| s.index), Some(1));
    assert_eq!(file.target(Some("0")).map(|s| s.index), Some(0));
    assert_eq!(file.target(None).map(|s| s.index), Some(2));
    assert_eq!(file.target(Some("none")), None);
    assert_eq!(file.chain(&file.stages[1]).iter().map(|s| s.index).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(file.chain(&file.stages[2]).len(), 1);
}

#[test]
fn images_are_expanded_with_global_defaults_only() {
    let text = "ARG V=22\nARG TAG=${V}-alpine\nARG EMPTY=\nARG BARE\nFROM node:${TAG}\nARG LOCAL=9\nFROM node:$BARE\nFROM node:${BARE:-20}\nFROM node${V:+:lts}\nFROM x:$LOCAL\nFROM y:${EMPTY:-e}-${EMPTY-f}\nFROM z:${TARGETARCH:-amd64}\nFROM q:${V#2}\n";
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(images(text), [some("node:22-alpine"), None, some("node:20"), some("node:lts"), None, some("y:e-"), None, None]);
    assert_eq!(dockerfile(text.as_bytes()).value.stages[1].from.raw, "node:$BARE");
}

#[test]
fn variables_follow_the_scopes_of_docker() {
    let file = read(
        "ARG HOME_DIR=/srv\nARG WHO=app\nFROM a AS base\nENV WHO_ENV=one\nUSER $WHO\nARG WHO\nUSER $WHO\nENV A=new B=$A\nWORKDIR ${HOME_DIR}/x\nFROM base\nUSER $WHO_ENV:$WHO\nENV WHO=two\nUSER $WHO\nFROM other\nUSER $WHO_ENV\nUSER '$WHO'\n",
    );
    let users: Vec<_> = kinds(&file)
        .into_iter()
        .filter_map(|kind| if let InstructionKind::User(user) = kind { Some(user.as_str()) } else { None })
        .collect();
    assert_eq!(users, ["$WHO", "app", "one:app", "two", "$WHO_ENV", "$WHO"]);
    let env = file.effective_env(&file.stages[0]);
    assert_eq!((env["A"].value.as_str(), env["B"].value.as_str()), ("new", "$A"));
    assert_eq!(file.effective_workdir(&file.stages[0]).map(|w| w.0).as_deref(), Some("${HOME_DIR}/x"));
    assert_eq!(file.effective_env(&file.stages[1])["WHO_ENV"].value, "one");
}

#[test]
fn a_stage_inherits_what_it_does_not_set() {
    let text = "FROM a AS base\nUSER app\nWORKDIR /srv\nCMD [\"run\"]\nHEALTHCHECK --interval=5s --retries=3 CMD curl -f localhost\nEXPOSE 80\nFROM base AS same\nWORKDIR app\nEXPOSE 9090/udp\nFROM base AS own\nENTRYPOINT [\"e\"]\nHEALTHCHECK NONE\nUSER root\n";
    let file = read(text);
    let [base, same, own] = file.stages.as_slice() else { panic!("{file:?}") };
    let (user, span) = file.effective_user(same).expect("inherited");
    assert_eq!((user, &text[span.range()]), ("app", "USER app"));
    assert_eq!(file.effective_user(own).map(|u| u.0), Some("root"));
    assert_eq!(file.effective_workdir(same).map(|w| w.0).as_deref(), Some("/srv/app"));
    assert_eq!(file.effective_cmd(same).map(|c| c.0.text()).as_deref(), Some("run"));
    assert_eq!(file.effective_cmd(own), None, "an ENTRYPOINT empties the inherited CMD");
    assert_eq!(file.effective_entrypoint(own).map(|c| c.0.text()).as_deref(), Some("e"));
    assert!(matches!(file.effective_healthcheck(own), Some((Healthcheck::None, _))));
    assert!(
        matches!(file.effective_healthcheck(same), Some((Healthcheck::Check { retries: Some(n), start_period: None, .. }, _)) if n == "3")
    );
    assert_eq!(file.exposed_ports(same).iter().map(|p| p.0).collect::<Vec<_>>(), ["80", "9090/udp"]);
    assert_eq!(file.effective_entrypoint(base), None);
}

#[test]
fn lines_are_joined_and_keep_their_places() {
    let text = "from a\nrun apt-get update \\\n  # why\n\n  && apt-get \\\r\n install -y curl\nENV A=1 \\\n    B=\"two words\" \\\n    C=x\\ y\nLABEL a=b \"c d\"=e\nENV OLD the rest  of it\n";
    let file = read(text);
    let command = &run(&file, 0, 0).command;
    assert_eq!(command.text(), "apt-get update   && apt-get  install -y curl");
    let places: Vec<_> = command.shell_commands().iter().map(|c| &text[c.span.range()]).collect();
    assert_eq!(places, ["apt-get update", "apt-get \\\r\n install -y curl"]);
    assert_eq!(&text[command.span().range()], text.split_once("run ").expect("there").1.split_once("\nENV A").expect("there").0);
    let env = file.effective_env(&file.stages[0]);
    let shown: Vec<_> = env.values().map(|v| (v.value.as_str(), &text[v.span.range()])).collect();
    assert_eq!(shown, [("1", "A=1"), ("two words", "B=\"two words\""), ("x y", "C=x\\ y"), ("the rest  of it", "OLD the rest  of it")]);
    assert!(kinds(&file).contains(&&InstructionKind::Label(vec![("a".into(), "b".into()), ("c d".into(), "e".into())])));
}

#[test]
fn another_escape_character() {
    let file = read("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nWORKDIR C:\\app\nRUN dir `\n  c:\\\nUSER x\n");
    assert_eq!((file.escape, file.syntax.as_deref()), (Some('`'), Some("docker/dockerfile:1")));
    assert_eq!(file.effective_workdir(&file.stages[0]).map(|w| w.0).as_deref(), Some("C:\\app"));
    assert_eq!(run(&file, 0, 1).command.text(), "dir   c:\\");
    assert_eq!(file.effective_user(&file.stages[0]).map(|u| u.0), Some("x"));
    assert_eq!(dockerfile(b"# escape=x\nFROM a\n").issues.len(), 1);
}

#[test]
fn heredocs_wherever_they_stand() {
    let text = "FROM a\nRUN <<EOF\napt-get update\nnpm ci\nEOF\nRUN cat <<-'END' > f && echo <<< no\n\tUSER root\n\tEND\nCOPY <<one.txt <<two.txt /dest/\nUSER root\none.txt\nx\ntwo.txt\nRUN python3 <<EOF\nimport os\nEOF\nUSER app\n";
    let file = read(text);
    assert_eq!(file.stages[0].instructions.len(), 5);
    let commands = run(&file, 0, 0).shell_commands();
    assert_eq!(commands.iter().map(|c| &text[c.span.range()]).collect::<Vec<_>>(), ["apt-get update", "npm ci"]);
    let second = run(&file, 0, 1);
    assert_eq!((second.heredocs[0].body.as_str(), second.heredocs[0].expands), ("\tUSER root\n", false));
    assert_eq!(second.command.text(), "cat <<-'END' > f && echo <<< no");
    let InstructionKind::Copy(copy) = &file.stages[0].instructions[2].kind else { panic!("{file:?}") };
    assert_eq!(
        (copy.sources.as_slice(), copy.dest.as_str(), copy.heredoc),
        (&["<<one.txt".to_owned(), "<<two.txt".to_owned()][..], "/dest/", true)
    );
    assert_eq!(run(&file, 0, 3).shell_commands().len(), 1, "python reads it, not a shell");
    assert_eq!(file.effective_user(&file.stages[0]).map(|u| u.0), Some("app"));
    assert!(text[file.stages[0].instructions[0].span.range()].ends_with("npm ci\nEOF"));
}

#[test]
fn an_unclosed_heredoc_hides_no_instruction() {
    let parsed = dockerfile(b"FROM a\nRUN cat <<EOF\nUSER root\n");
    assert_eq!(parsed.issues.len(), 1);
    assert_eq!(parsed.value.effective_user(&parsed.value.stages[0]).map(|u| u.0), Some("root"));
}

#[test]
fn what_is_not_understood_is_kept_and_told() {
    let text = "FROM {{ base }} AS build\n{% if x %}\nRUN a\nFROBNICATE x \\\n  y\nUSER\nFROM build\nUSER app\n";
    let parsed = dockerfile(text.as_bytes());
    let file = parsed.value;
    assert_eq!((file.stages[0].from.image.as_deref(), file.stages[0].from.raw.as_str()), (None, "{{ base }}"));
    assert_eq!(file.stages[1].from.stage, Some(0));
    assert!(kinds(&file).contains(&&InstructionKind::Unknown("FROBNICATE x \\\n  y".into())));
    assert_eq!(parsed.issues.len(), 4, "{:?}", parsed.issues);
    assert!(parsed.issues.iter().all(|issue| issue.span.is_some()));
    assert_eq!(images("FROM {{base}}:1\n"), [None]);
}

#[test]
fn the_other_instructions() {
    let file = read(
        "FROM a\nADD --chown=app:app https://x/y.tgz /tmp/\nCOPY [\"a b\", \"c\"]\nRUN --mount=type=cache,target=/c --mount=type=secret,id=npm --network=none npm ci\nENTRYPOINT [\"sh\", \"-c\", \"exec node a.js\"]\nCMD node b.js\nVOLUME [\"/a\", \"/b\"]\nVOLUME /c /d\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nSTOPSIGNAL SIGQUIT\nONBUILD RUN x\nMAINTAINER me\nARG P=1 Q\n",
    );
    let InstructionKind::Copy(add) = kinds(&file)[0] else { panic!("{file:?}") };
    assert_eq!((add.add, add.chown.as_deref(), add.dest.as_str()), (true, Some("app:app"), "/tmp/"));
    let InstructionKind::Copy(copy) = kinds(&file)[1] else { panic!("{file:?}") };
    assert_eq!((copy.add, copy.sources.as_slice()), (false, &["a b".to_owned()][..]));
    let npm = run(&file, 0, 2);
    assert_eq!(npm.mounts[0].kind, "cache");
    assert_eq!((npm.mounts[1].get("id"), npm.network.as_deref()), (Some("npm"), Some("none")));
    let (entrypoint, _) = file.effective_entrypoint(&file.stages[0]).expect("set");
    let inner = entrypoint.shell_commands();
    assert_eq!(inner[1].effective(), ["node", "a.js"]);
    assert!(kinds(&file).contains(&&InstructionKind::Volume(vec!["/c".into(), "/d".into()])));
    assert!(kinds(&file).contains(&&InstructionKind::StopSignal("SIGQUIT".into())));
    assert!(kinds(&file).contains(&&InstructionKind::OnBuild("RUN x".into())));
    let InstructionKind::Arg(args) = kinds(&file)[11] else { panic!("{file:?}") };
    assert_eq!((args[0].default.as_deref(), args[1].name.as_str(), args[1].default.as_deref()), (Some("1"), "Q", None));
}

#[test]
fn no_from_is_told() {
    assert_eq!(dockerfile(b"RUN x\n").issues.len(), 2);
    assert!(dockerfile(b"").issues.is_empty());
    assert_eq!(dockerfile(b"\xEF\xBB\xBFFROM a\n").value.stages[0].span, Span::new(3, 9));
}

#[test]
fn hostile_texts_come_back() {
    let bomb: String = (0..60).map(|i| format!("ARG A{}=$A{i}$A{i}\n", i + 1)).collect();
    let chain: String = (0..5_000).map(|i| format!("FROM s{i} AS s{}\nUSER $X\n", i + 1)).collect();
    for text in [
        format!("ARG A0=0123456789\n{bomb}FROM $A60\n"),
        format!("FROM a\nUSER {}\n", "${A:-".repeat(20_000)),
        format!("FROM a\nUSER {}\n", "${A:-".repeat(20_000) + &"}".repeat(20_000)),
        format!("FROM a\n{}", "RUN <<X\n".repeat(20_000)),
        format!("FROM a\nRUN {}", "x \\\n".repeat(20_000)),
        format!("FROM a\nCMD {}", "[".repeat(20_000)),
        format!("FROM a\nENV A=\"{}", "'".repeat(20_001)),
        format!("{}X", "ONBUILD ".repeat(20_000)),
        format!("FROM s0\n{chain}"),
        "FROM \\".into(),
        "FROM\n\\\n".into(),
        "FROM a\nHEALTHCHECK\nCOPY\nENV\nARG\nLABEL\n".into(),
    ] {
        let parsed = dockerfile(text.as_bytes());
        for stage in &parsed.value.stages {
            assert!(text.get(stage.span.range()).is_some());
        }
    }
}

#[test]
fn pieces_in_any_order_come_back() {
    let pieces = [
        "FROM a\n",
        "RUN ",
        "\\\n",
        "<<E",
        "\nE\n",
        "# x\n",
        "\r\n",
        "[\"",
        "\"]",
        "$A",
        "${",
        ":-",
        "}",
        "é",
        "\u{b}",
        "COPY --from=",
        " ",
        "'",
        "ENV A=",
        "\r",
        "HEALTHCHECK CMD ",
    ];
    let mut state = 1u64;
    for _ in 0..4_000 {
        let mut text = String::from("FROM b\n");
        for _ in 0..14 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        for stage in dockerfile(text.as_bytes()).value.stages {
            for instruction in stage.instructions {
                assert!(text.get(instruction.span.range()).is_some(), "{text:?}");
                if let InstructionKind::Run(run) = instruction.kind {
                    for command in run.shell_commands() {
                        assert!(text.get(command.span.range()).is_some(), "{text:?}");
                    }
                }
            }
        }
    }
}
