//! The table of forms.

use super::{module, show::lines};

/// A form's example, and what is lowered from it.
const FORMS: &[(&str, &[&str])] = &[
    // Imports.
    ("import os", &["import os * os"]),
    ("import a.b", &["import a.b * a.b"]),
    ("import a.b as c, d", &["import a.b * c", "import d * d"]),
    ("from x import y", &["import x y y"]),
    ("from x import (y as z, w)", &["import x y z", "import x w w"]),
    ("from . import x", &["import . x x"]),
    ("from ..models.user import User as U", &["import ..models.user User U"]),
    ("from x import *", &["import x * *"]),
    (
        "if TYPE_CHECKING:\n    from x import y\nelse:\n    from z import y",
        &["import types x y y ?[TYPE_CHECKING]", "import z y y ?![TYPE_CHECKING]"],
    ),
    (
        "if not typing.TYPE_CHECKING:\n    import a\nelse:\n    import b",
        &["import a * a ?[!typing.TYPE_CHECKING]", "import types b * b ?![!typing.TYPE_CHECKING]"],
    ),
    ("def f():\n    import a", &["def f()", "import a * a @f"]),
    ("try:\n    import a\nexcept ImportError:\n    a = None", &["import a * a ?tried", "except ImportError ?caught", "a = None ?caught"]),
    (
        "m = importlib.import_module('x.y')",
        &["import dynamic x.y * -", "call importlib.import_module(\"x.y\")", "m = importlib.import_module(\"x.y\")"],
    ),
    ("__import__('x')", &["import dynamic x * -", "call __import__(\"x\") dropped"]),
    ("import_module('.x', package=__name__)", &["import dynamic .x * -", "call import_module(\".x\", package=__name__) dropped"]),
    ("importlib.import_module(name)", &["call importlib.import_module(name) dropped"]),
    // Functions.
    (
        "@app.get('/x', deps=[Depends(a)])\n@cached\nasync def f(a, b: int = 1, *args, c=None, **kw) -> dict:\n    return {}",
        &[
            "@app.get(\"/x\", deps=[Depends(a)]) @cached async def f(a, b: int = 1, args, c = None, kw) -> dict",
            "call Depends(a)",
            "call app.get(\"/x\", deps=[Depends(a)])",
            "return {} @f",
        ],
    ),
    (
        "def f(db: Annotated[Session, Depends(get_db)], /, u: Optional[X] = None): pass",
        &["def f(db: Annotated[[Session, Depends(get_db)]], u: Optional[X] = None)", "call Depends(get_db)"],
    ),
    ("def f(x: Mapped['User'], y: 'Z' = g()): ...", &["def f(x: Mapped[\"User\"], y: \"Z\" = g())", "call g()"]),
    ("def f():\n    def g():\n        h()\n    return g", &["def f()", "def g() @f", "call h() dropped @g", "return g @f"]),
    ("f = lambda x, y=1: g(x)", &["def f(x, y = 1)", "call g(x) @f", "f = λf", "return g(x) @f"]),
    (
        "table = {'a': lambda: g(), **{b: lambda: 1}}",
        &["def a()", "call g() @a", "return g() @a", "def ()", "return 1 @λ", "table = {a: λa, -: *{-: λ}}"],
    ),
    ("sort(key=lambda x: x.y)", &["def (x)", "return x.y @λ", "call sort(key=λ) dropped"]),
    ("def f[T: Bound](x: T) -> list[T]: return x", &["def f(x: T) -> list[T]", "return x @f"]),
    // Classes.
    (
        "class A(Base, mixins.B, metaclass=make()):\n    x: int\n    y: str = Field(..., max_length=3)\n    z = 1\n    def m(self): self.x = 1",
        &[
            "class A(Base, mixins.B) {x: int, y: str = Field(…, max_length=3), z = 1}",
            "call make()",
            "call Field(…, max_length=3)",
            "A.y: str = Field(…, max_length=3)",
            "A.z = 1",
            "def A.m(self)",
            "self.x = 1 @m",
        ],
    ),
    (
        "@dataclass(frozen=True)\nclass A:\n    class Meta:\n        ordering = ['-id']\n    class Config:\n        extra = 'forbid'",
        &[
            "@dataclass(frozen=true) class A() {}",
            "call dataclass(frozen=true)",
            "class A.Meta() {ordering = [\"-id\"]}",
            "Meta.ordering = [\"-id\"]",
            "class A.Config() {extra = \"forbid\"}",
            "Config.extra = \"forbid\"",
        ],
    ),
    (
        "class A(Base):\n    id: Mapped[int] = mapped_column(primary_key=True)\n    a, b = 1, 2",
        &[
            "class A(Base) {id: Mapped[int] = mapped_column(primary_key=true), a = 1, b = 2}",
            "call mapped_column(primary_key=true)",
            "A.id: Mapped[int] = mapped_column(primary_key=true)",
            "A.a = 1",
            "A.b = 2",
        ],
    ),
    ("def f():\n    class A(List['B']): pass", &["def f()", "class A(List[\"B\"]) {} @f"]),
    // Calls.
    ("f(1, 'a', k=2, *rest, **more)", &["call f(1, \"a\", k=2, *rest, *more) dropped"]),
    ("a.b(c).d(e())", &["call a.b(c)", "call e()", "call a.b(c).d(e()) dropped"]),
    (
        "async def f():\n    await g()\n    x = await h(await i())",
        &["async def f()", "call g() awaited dropped @f", "call i() awaited @f", "call h(i()) awaited @f", "x = h(i()) @f"],
    ),
    ("with open(p) as f, lock:\n    f.read()", &["call open(p) context", "f <- open(p)", "call f.read() dropped"]),
    (
        "async def f():\n    async with c.get(u) as (a, b):\n        pass\n    async for x in s():\n        y(x)",
        &[
            "async def f()",
            "call c.get(u) context @f",
            "(a, b) <- c.get(u) @f",
            "call s() @f",
            "x <- s() @f ?loop",
            "call y(x) dropped @f ?loop",
        ],
    ),
    ("x = [f(a) for a in g() if h(a) if a]", &["call f(a) ?loop ?[h(a)] ?[a]", "call g()", "call h(a) ?loop", "a <- g() ?loop", "x = …"]),
    (
        "x = {k: f(v) for k, v in g() for w in v}",
        &["call f(v) ?loop ?loop", "call g()", "(k, v) <- g() ?loop", "w <- v ?loop ?loop", "x = …"],
    ),
    ("any(f(x) for x in y)", &["call f(x) ?loop", "x <- y ?loop", "call any(…) dropped"]),
    ("'documents'\ndef f():\n    '''documents'''", &["def f()"]),
    // Values.
    ("x = f'a{b}c{d()!r:>{w()}}' 'e' f'{g=}'", &["call d()", "call w()", "x = `a{b}c{d()}eg={g}`"]),
    (
        "x = 'a' \"b\"\ny = f'' f'plain'\nz = b'bytes'\nw = r'\\d\\n'",
        &["x = \"ab\"", "y = \"plain\"", "z = \"bytes\"", "w = \"\\\\d\\\\n\""],
    ),
    ("x = 'a %s' % b\ny = 'a {}'.format(b)", &["x = (\"a %s\" Remainder b)", "call \"a {}\".format(b)", "y = \"a {}\".format(b)"]),
    (
        "x = [1_000, 0x1f, 1.5, 1e999, 2j, -3, +4, ~5, True, False, None, ..., 99999999999999999999]",
        &["x = [1000, 31, 1.5, …, …, -3, 4, …, true, false, None, …, 100000000000000000000]"],
    ),
    ("x = {'a': 1, 404: 2, b: 3, **c}\ny = {1, *d}\nz = (1,)", &["x = {a: 1, 404: 2, -: 3, -: *c}", "y = [1, *d]", "z = [1]"]),
    ("x = a['k'], a[0], a[1:2], a[b], a[b, c], a.b.c", &["x = [a.k, a[0], a[:], a[b], a[[b, c]], a.b.c]"]),
    (
        "x = a == b, a is None, a != b, a is not b, a < b, a <= b, a > b, a >= b, a in b, a not in b, a < b < c",
        &[
            "x = [(a Equal b), (a Equal None), (a NotEqual b), (a NotEqual b), (a Less b), (a Less b), (a Greater b), (a Greater b), (a In b), (a NotIn b), (a Other [b, c])]",
        ],
    ),
    (
        "x = a + b, a - b, a * b, a / b, a // b, a % b, a | b, a ** b, not a",
        &["x = [(a Add b), (a Subtract b), (a Multiply b), (a Divide b), (a Divide b), (a Remainder b), (a Other b), (a Other b), !a]"],
    ),
    (
        "x = a or b or c\ny = a and f() and g()\nz = f() or g()",
        &[
            "x = ((a Or b) Or c)",
            "call f() ?[a]",
            "call g() ?[(a And f())]",
            "y = ((a And f()) And g())",
            "call f()",
            "call g() ?![f()]",
            "z = (f() Or g())",
        ],
    ),
    ("x = f() if g() else h()", &["call f() ?[g()]", "call g()", "call h() ?![g()]", "x = (g() ? f() ? h())"]),
    // Assignments.
    ("a = b = f()", &["call f()", "a = f()", "b = f()"]),
    ("a.b = c['d'] = e[0] = 1", &["a.b = 1", "c.d = 1", "e[0] = 1"]),
    (
        "a, b = f()\nc, *d = g\n(e, f), [g, h.i] = j",
        &["call f()", "(a, b) = f()", "(c, d) = g", "(e, f) = j[0]", "h.i = j[1][1]", "(g, ) = j[1]", "(, ) = j"],
    ),
    ("a, b.c = 1, f()\nx, y = *z, w", &["call f()", "a = 1", "b.c = f()", "(x, y) = [*z, w]"]),
    ("x: int = 1\ny: str\nself.z: list[str] = []", &["x: int = 1", "self.z: list[str] = []"]),
    ("x += 1\na.b |= c()", &["x += 1", "call c()", "a.b += c()"]),
    ("if (n := f()) > 1: g(n)", &["call f()", "n = f()", "call g(n) dropped ?[(f() Greater 1)]"]),
    ("del a[f()], b\nglobal c", &["call f()"]),
    (
        "def f():\n    global a\n    a = g()\n    def h():\n        nonlocal b\n        a = b = 1\n        with c as b: ...",
        &["def f()", "call g() @f", "a outer = g() @f", "def h() @f", "a = 1 @h", "b outer = 1 @h", "b <- c @h"],
    ),
    ("type X = list[int]", &["X = list[int]"]),
    // Outcomes.
    (
        "def f():\n    return\n    raise\n    raise A(b) from e()\n    yield\n    x = yield y\n    yield from z",
        &[
            "def f()",
            "return - @f",
            "raise - @f",
            "call A(b) @f",
            "call e() @f",
            "raise A(b) @f",
            "yield - @f",
            "x = … @f",
            "yield y @f",
            "yield *z @f",
        ],
    ),
    // Conditions.
    (
        "if a: f()\nelif b: g()\nelse: h()\ni()",
        &["call f() dropped ?[a]", "call g() dropped ?![a] ?[b]", "call h() dropped ?![a] ?![b]", "call i() dropped"],
    ),
    (
        "def f(x):\n    if x: return\n    g()\n    if not y:\n        raise E()\n    h()",
        &[
            "def f(x)",
            "return - @f ?[x]",
            "call g() dropped @f ?![x]",
            "call E() @f ?![x] ?[!y]",
            "raise E() @f ?![x] ?[!y]",
            "call h() dropped @f ?![x] ?![!y]",
        ],
    ),
    (
        "def f():\n    if a: return 1\n    elif b: return 2\n    g()",
        &["def f()", "return 1 @f ?[a]", "return 2 @f ?![a] ?[b]", "call g() dropped @f ?![a] ?![b]"],
    ),
    (
        "def f():\n    if a: return 1\n    elif b: h()\n    g()",
        &["def f()", "return 1 @f ?[a]", "call h() dropped @f ?![a] ?[b]", "call g() dropped @f ?![a]"],
    ),
    (
        "def f():\n    if a: h()\n    else: return\n    g()",
        &["def f()", "call h() dropped @f ?[a]", "return - @f ?![a]", "call g() dropped @f ?[a]"],
    ),
    (
        "for x in y:\n    if a: continue\n    f()\nelse: g()\nh()",
        &["x <- y ?loop", "call f() dropped ?loop ?![a]", "call g() dropped", "call h() dropped"],
    ),
    (
        "with a:\n    if b: sys.exit(1)\n    f()\ng()",
        &["call sys.exit(1) dropped ?[b]", "call f() dropped ?![b]", "call g() dropped ?![b]"],
    ),
    ("while f():\n    g()\n    break\nwhile True: h()", &["call f() ?loop", "call g() dropped ?loop ?[f()]", "call h() dropped ?loop"]),
    ("if __name__ == '__main__':\n    main()", &["call main() dropped ?[(__name__ Equal \"__main__\")]"]),
    ("assert f(), g()", &["call f()", "call g() ?![f()]"]),
    // Exceptions.
    (
        "try: f()\nexcept (A, b.B) as e: pass\nexcept C: log(e)\nexcept: ...\nelse: g()\nfinally: h()",
        &[
            "call f() dropped ?tried",
            "except A, b.B as e empty ?caught",
            "except C ?caught",
            "call log(e) dropped ?caught",
            "except  empty ?caught",
            "call g() dropped",
            "call h() dropped ?finally",
        ],
    ),
    ("try: f()\nexcept E:\n    'documents'\n    # explains\n    pass", &["call f() dropped ?tried", "except E empty ?caught"]),
    ("try: f()\nexcept* E: raise", &["call f() dropped ?tried", "except E ?caught", "raise - ?caught"]),
    (
        "def f():\n    try: return g()\n    except E: log()\n    return h()",
        &[
            "def f()",
            "call g() @f ?tried",
            "return g() @f ?tried",
            "except E @f ?caught",
            "call log() dropped @f ?caught",
            "call h() @f ?caught",
            "return h() @f ?caught",
        ],
    ),
    // Match.
    (
        "match f(x):\n    case 'a' | 'b': g()\n    case None: h()\n    case {'k': v, **r} if v: i()\n    case [1, *t]: pass\n    case P(q=1) as p: pass\n    case _: j()",
        &[
            "call f(x)",
            "call g() dropped ?case f(x) (\"a\" Or \"b\")",
            "call h() dropped ?case f(x) None",
            "v <- f(x) ?case f(x) {k: …}",
            "r <- f(x) ?case f(x) {k: …}",
            "call i() dropped ?case f(x) {k: …} ?[v]",
            "t <- f(x) ?case f(x) [1, *…]",
            "p <- f(x) ?case f(x) P",
            "call j() dropped ?case f(x)",
        ],
    ),
];

#[test]
fn every_form_is_lowered_as_the_table_says() {
    for (source, expected) in FORMS {
        let read = module(source);
        assert_eq!(lines(&read), *expected, "\n{source}");
    }
}
