//! The modules that languages bring with them.

/// Modules of Node, by the first part of their path. Source: `require("module").builtinModules` of Node 24.
#[rustfmt::skip]
const NODE: &[&str] = &[
    "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram", "diagnostics_channel", "dns", "domain",
    "events", "fs", "http", "http2", "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode", "querystring", "readline",
    "repl", "stream", "string_decoder", "sys", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib",
];

/// Top-level modules of Python's library. Source: `sys.stdlib_module_names` of 3.9 to 3.14, without those that begin with an underscore.
#[rustfmt::skip]
const PYTHON: &[&str] = &[
    "__future__", "_thread", "abc", "aifc", "annotationlib", "antigravity", "argparse", "array", "ast", "asynchat", "asyncio", "asyncore", "atexit",
    "audioop", "base64", "bdb", "binascii", "bisect", "builtins", "bz2", "cProfile", "calendar", "cgi", "cgitb", "chunk", "cmath", "cmd", "code",
    "codecs", "codeop", "collections", "colorsys", "compileall", "compression", "concurrent", "configparser", "contextlib", "contextvars", "copy",
    "copyreg", "crypt", "csv", "ctypes", "curses", "dataclasses", "datetime", "dbm", "decimal", "difflib", "dis", "distutils", "doctest", "email",
    "encodings", "ensurepip", "enum", "errno", "faulthandler", "fcntl", "filecmp", "fileinput", "fnmatch", "fractions", "ftplib", "functools", "gc",
    "genericpath", "getopt", "getpass", "gettext", "glob", "graphlib", "grp", "gzip", "hashlib", "heapq", "hmac", "html", "http", "idlelib", "imaplib",
    "imghdr", "imp", "importlib", "inspect", "io", "ipaddress", "itertools", "json", "keyword", "lib2to3", "linecache", "locale", "logging", "lzma",
    "mailbox", "mailcap", "marshal", "math", "mimetypes", "mmap", "modulefinder", "msilib", "msvcrt", "multiprocessing", "netrc", "nis", "nntplib", "nt",
    "ntpath", "numbers", "opcode", "operator", "optparse", "os", "ossaudiodev", "pathlib", "pdb", "pickle", "pickletools", "pipes", "pkgutil",
    "platform", "plistlib", "poplib", "posix", "posixpath", "pprint", "profile", "pstats", "pty", "pwd", "py_compile", "pyclbr", "pydoc", "pyexpat",
    "queue", "quopri", "random", "re", "readline", "reprlib", "resource", "rlcompleter", "runpy", "sched", "secrets", "select", "selectors", "shelve",
    "shlex", "shutil", "signal", "site", "smtpd", "smtplib", "sndhdr", "socket", "socketserver", "spwd", "sqlite3", "sre_compile", "sre_constants",
    "sre_parse", "ssl", "stat", "statistics", "string", "stringprep", "struct", "subprocess", "sunau", "symbol", "symtable", "sys", "sysconfig",
    "syslog", "tabnanny", "tarfile", "telnetlib", "tempfile", "termios", "textwrap", "threading", "time", "timeit", "tkinter", "token", "tokenize",
    "tomllib", "trace", "traceback", "tracemalloc", "tty", "turtle", "types", "typing", "unicodedata", "unittest", "urllib", "uu", "uuid", "venv",
    "warnings", "wave", "weakref", "webbrowser", "winreg", "winsound", "wsgiref", "xdrlib", "xml", "xmlrpc", "zipapp", "zipfile", "zipimport", "zlib",
    "zoneinfo",
];

/// Those of Python's library that have modules within.
#[rustfmt::skip]
const PYTHON_PACKAGES: &[&str] = &[
    "asyncio", "collections", "compression", "concurrent", "ctypes", "curses", "dbm", "distutils", "email", "encodings", "html", "http", "importlib",
    "json", "lib2to3", "logging", "multiprocessing", "os", "pathlib", "string", "sys", "sysconfig", "tkinter", "unittest", "urllib", "wsgiref", "xml",
    "xmlrpc", "zipfile", "zoneinfo",
];

/// What the runtime of a script brings with it: the name without `node:`. Modules of other runtimes and of frameworks' own schemes
/// (`bun:sqlite`, `cloudflare:workers`, `astro:content`) keep theirs.
pub(super) fn of_script(specifier: &str) -> Option<&str> {
    if let Some(name) = specifier.strip_prefix("node:") {
        return Some(name);
    }
    let schemes = ["bun:", "cloudflare:", "astro:", "ext:", "workerd:", "deno:", "electron:"];
    if schemes.iter().any(|scheme| specifier.starts_with(scheme)) || specifier == "bun" {
        return Some(specifier);
    }
    let first = specifier.split('/').next().unwrap_or(specifier);
    NODE.binary_search(&first).is_ok().then_some(specifier)
}

/// Whether a top-level module is of Python's library.
pub(super) fn is_python(first: &str) -> bool {
    PYTHON.binary_search(&first).is_ok()
}

/// Whether a module of Python's library has modules within.
pub(super) fn is_python_package(first: &str) -> bool {
    PYTHON_PACKAGES.binary_search(&first).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        for table in [NODE, PYTHON, PYTHON_PACKAGES] {
            assert!(table.is_sorted());
        }
        assert!(PYTHON_PACKAGES.iter().all(|name| is_python(name)));
    }

    #[test]
    fn runtimes_bring_modules() {
        assert_eq!(of_script("node:fs/promises"), Some("fs/promises"));
        assert_eq!(of_script("fs/promises"), Some("fs/promises"));
        assert_eq!(of_script("bun:sqlite"), Some("bun:sqlite"));
        assert_eq!(of_script("fs-extra"), None);
        assert!(is_python("asyncio") && !is_python("fastapi"));
    }
}
