//! Flask and its extensions.

use super::{mounted, routes, wired};

#[test]
fn blueprints_hooks_extensions_and_decorators_are_read() {
    let app = r#"
from flask import Flask
from flask_cors import CORS
from .extensions import limiter
from .views import bp
def create_app():
    app = Flask(__name__)
    CORS(app, origins="*")
    limiter.init_app(app)
    app.register_blueprint(bp, url_prefix="/api")
    @app.before_request
    def check(): ...
    @app.route("/health")
    def health(): return "ok"
    return app
"#;
    let extensions = "from flask_limiter import Limiter\nlimiter = Limiter(key_func=None, default_limits=['5/minute'])\n";
    let views = r#"
from flask import Blueprint
from flask.views import MethodView
from flask_login import login_required
bp = Blueprint("views", __name__, url_prefix="/ignored")
@bp.route("/users", methods=["GET", "POST"])
@login_required
def users(): ...
def require(role):
    def decorator(view):
        return view
    return decorator
@bp.post("/items")
@require("admin")
def items(): ...
class Things(MethodView):
    decorators = [login_required]
    def get(self): ...
    def delete(self): ...
bp.add_url_rule("/things", view_func=Things.as_view("things"))
"#;
    let (code, wiring) = wired(&[("app/__init__.py", app), ("app/extensions.py", extensions), ("app/views.py", views)]);
    let all = "flask_cors.CORS(), flask_limiter.Limiter(), check";
    let mut lines = routes(&code, &wiring);
    lines.sort();
    let each = |s: &str, own: &str| format!("{s} [{}check{own}]", all.strip_suffix("check").unwrap_or_default());
    let mut expected = [
        each("Get /health health", ""),
        each("Get /api/users users", ", flask_login.login_required"),
        each("Post /api/users users", ", flask_login.login_required"),
        each("Post /api/items items", ", require"),
        each("Get /api/things Things.get", ", flask_login.login_required"),
        each("Delete /api/things Things.delete", ", flask_login.login_required"),
    ];
    expected.sort();
    // Hooks stand before extensions in the order of reading; what counts is that all are there.
    let sorted = |line: &String| {
        let (route, guards) = line.split_once('[').expect("guards");
        let mut guards: Vec<&str> = guards.trim_end_matches(']').split(", ").collect();
        guards.sort_unstable();
        format!("{route}{guards:?}")
    };
    assert_eq!(lines.iter().map(sorted).collect::<Vec<_>>(), expected.iter().map(sorted).collect::<Vec<_>>());
    assert_eq!(mounted(&wiring), ["flask_cors.CORS()", "flask_limiter.Limiter()", "check"]);
}

#[test]
fn resources_of_an_interface_are_routes() {
    let (code, wiring) = wired(&[(
        "app.py",
        "from flask import Flask\nfrom flask_restful import Api, Resource\napp = Flask(__name__)\napi = Api(app, prefix='/v1')\n\
         class User(Resource):\n    method_decorators = [auth]\n    def get(self, id): ...\n    def put(self, id): ...\ndef auth(f): ...\n\
         api.add_resource(User, '/users/<id>', '/people/<id>')\n",
    )]);
    let mut lines = routes(&code, &wiring);
    lines.sort();
    assert_eq!(
        lines,
        [
            "Get /v1/people/<id> User.get [auth]",
            "Get /v1/users/<id> User.get [auth]",
            "Put /v1/people/<id> User.put [auth]",
            "Put /v1/users/<id> User.put [auth]",
        ]
    );
}

#[test]
fn a_blueprint_that_nothing_registers_is_not_mounted() {
    let (code, wiring) = wired(&[(
        "app.py",
        "from flask import Flask, Blueprint\napp = Flask(__name__)\nbp = Blueprint('b', __name__)\n@bp.get('/x')\ndef x(): ...\n",
    )]);
    assert_eq!(routes(&code, &wiring), ["Get /x x [] unmounted"]);
}
