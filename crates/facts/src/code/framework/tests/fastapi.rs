//! FastAPI and Starlette.

use super::{mounted, routes, wired};

#[test]
fn routes_have_their_prefixes_and_all_that_runs_before_them() {
    let main = r#"
from fastapi import FastAPI, Depends
from fastapi.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from app.api import api_router
from app.core.config import settings
from app.deps import limit

app = FastAPI(dependencies=[Depends(limit)])
app.add_middleware(GZipMiddleware)
app.add_middleware(CORSMiddleware, allow_origins=settings.ORIGINS)

@app.middleware("http")
async def timing(request, call_next):
    return await call_next(request)

app.include_router(api_router, prefix=settings.API)

@app.get("/health")
def health(): return {}
"#;
    let api = r#"
from fastapi import APIRouter, Depends
from app.routes import users
from app.deps import current_user

api_router = APIRouter()
api_router.include_router(users.router, prefix="/users", dependencies=[Depends(current_user)])
"#;
    let users = r#"
from fastapi import APIRouter, Depends
from typing import Annotated
from app.deps import CurrentUser, RoleChecker, get_db
import app.limits as limits

router = APIRouter(tags=["users"])

@router.get("/{id}")
@limits.limiter.limit("5/minute")
async def read(id: int, user: CurrentUser, db=Depends(get_db)): ...

@router.post("/", dependencies=[Depends(RoleChecker("admin"))])
async def create(): ...

@router.api_route("/both", methods=["PUT", "DELETE"])
async def both(): ...

@router.websocket("/ws")
async def socket(ws): ...
"#;
    let deps = r#"
from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer
from typing import Annotated

oauth = OAuth2PasswordBearer(tokenUrl="/token")
def get_db(): yield None
def limit(): ...
def current_user(token: str = Depends(oauth)): ...
CurrentUser = Annotated[object, Depends(current_user)]

class RoleChecker:
    def __init__(self, role): self.role = role
    def __call__(self, user: CurrentUser): ...
"#;
    let config = "class Settings:\n    API: str = '/api/v1'\n    ORIGINS: list = []\nsettings = Settings()\n";
    let limits = "from slowapi import Limiter\nlimiter = Limiter(key_func=None)\n";
    let (code, wiring) = wired(&[
        ("app/__init__.py", ""),
        ("app/main.py", main),
        ("app/api.py", api),
        ("app/routes/__init__.py", ""),
        ("app/routes/users.py", users),
        ("app/deps.py", deps),
        ("app/core/__init__.py", ""),
        ("app/core/config.py", config),
        ("app/limits.py", limits),
    ]);
    let all = "timing, fastapi.middleware.cors.CORSMiddleware, starlette.middleware.gzip.GZipMiddleware, limit";
    let user = "fastapi.security.OAuth2PasswordBearer(), current_user";
    assert_eq!(
        routes(&code, &wiring),
        [
            format!("Get /health health [{all}]"),
            format!("Get /api/v1/users/{{id}} read [{all}, {user}, {user}, get_db, slowapi.Limiter().limit()]"),
            format!("Post /api/v1/users/ create [{all}, {user}, {user}, RoleChecker]"),
            format!("Put /api/v1/users/both both [{all}, {user}]"),
            format!("Delete /api/v1/users/both both [{all}, {user}]"),
            format!("Socket /api/v1/users/ws socket [{all}, {user}]"),
        ]
    );
    assert_eq!(mounted(&wiring), ["starlette.middleware.gzip.GZipMiddleware", "fastapi.middleware.cors.CORSMiddleware", "timing"]);
    assert_eq!(wiring.routes[1].mounts.len(), 2);
}

#[test]
fn a_router_that_nothing_mounts_is_not_mounted() {
    let (code, wiring) = wired(&[(
        "main.py",
        "from fastapi import FastAPI, APIRouter\napp = FastAPI()\nused = APIRouter(prefix='/a')\nunused = APIRouter(prefix='/b')\n\
         app.include_router(used)\n@used.get('/x')\ndef x(): ...\n@unused.get('/y')\ndef y(): ...\n",
    )]);
    assert_eq!(routes(&code, &wiring), ["Get /a/x x []", "Get /b/y y [] unmounted"]);
}

#[test]
fn factories_loops_and_two_mountings_are_followed() {
    let (code, wiring) = wired(&[(
        "main.py",
        "from fastapi import FastAPI, APIRouter\na = APIRouter()\nb = APIRouter(prefix='/b')\n\
         def register(app: FastAPI):\n    for router in [a, b]:\n        app.include_router(router, prefix='/v1')\n    app.include_router(b, prefix='/v2')\n\
         def create_app():\n    app = FastAPI()\n    register(app)\n    app.add_api_route('/z', z, methods=['POST'])\n    return app\n\
         @a.get('/x')\ndef x(): ...\n@b.get('/y')\ndef y(): ...\ndef z(): ...\napp = create_app()\n",
    )]);
    let mut lines = routes(&code, &wiring);
    lines.sort();
    assert_eq!(lines, ["Get /v1/b/y y []", "Get /v1/x x []", "Get /v2/b/y y []", "Post /z z []"]);
}

#[test]
fn starlette_lists_its_routes() {
    let (code, wiring) = wired(&[(
        "main.py",
        "from starlette.applications import Starlette\nfrom starlette.routing import Route, Mount, WebSocketRoute\n\
         from starlette.middleware import Middleware\nfrom starlette.middleware.sessions import SessionMiddleware\n\
         def x(request): ...\nasync def w(ws): ...\n\
         routes = [Route('/', x, methods=['POST']), Mount('/m', routes=[WebSocketRoute('/w', w)])]\n\
         app = Starlette(routes=routes, middleware=[Middleware(SessionMiddleware, secret_key='s')])\n",
    )]);
    let session = "starlette.middleware.sessions.SessionMiddleware";
    assert_eq!(routes(&code, &wiring), [format!("Post / x [{session}]"), format!("Socket /m/w w [{session}]")]);
    assert_eq!(mounted(&wiring), [session]);
}
