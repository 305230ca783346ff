//! Django and its REST framework.

use super::{mounted, names, routes, wired};

const MANAGE: &str = "import os\ndef main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings.production')\n";
const BASE: &str = r#"
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "site.middleware.Audit"]
ROOT_URLCONF = "site.urls"
INSTALLED_APPS = ["shop"]
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
"#;
const PRODUCTION: &str = "from .base import *\nMIDDLEWARE += ['whitenoise.middleware.WhiteNoiseMiddleware']\n";
const URLS: &str = r#"
from django.urls import path, include, re_path
from rest_framework.routers import DefaultRouter
from shop import views
from django.contrib.auth.decorators import login_required
router = DefaultRouter()
router.register(r"orders", views.Orders)
urlpatterns = [
    path("", views.home),
    path("api/", include(router.urls)),
    path("shop/", include("shop.urls")),
    re_path(r"^old/$", login_required(views.Page.as_view())),
]
"#;
const SHOP_URLS: &str =
    "from django.urls import path\nfrom . import views\nurlpatterns = [path('items/<int:pk>/', views.Items.as_view())]\n";
const VIEWS: &str = r#"
from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.decorators.http import require_POST
from django.views.generic import ListView
from rest_framework import viewsets, generics, permissions
from rest_framework.decorators import action
from .permissions import IsOwner
@require_POST
def home(request): ...
class Page(LoginRequiredMixin, ListView): ...
class Orders(viewsets.ReadOnlyModelViewSet):
    @action(detail=True, methods=["post"], permission_classes=[IsOwner])
    def cancel(self, request, pk=None): ...
class Items(generics.RetrieveUpdateAPIView):
    permission_classes = [permissions.AllowAny]
"#;

#[test]
fn a_prefix_that_is_not_written_hides_no_route() {
    let urls = "import os\nfrom django.urls import path, include\nfrom rest_framework_simplejwt.views import TokenRefreshView\n\
                prefix = os.environ['P']\nurlpatterns = [path(prefix, include([path('x/', TokenRefreshView.as_view())]))]\n";
    let (code, wiring) = wired(&[("settings.py", "ROOT_URLCONF = 'urls'\n"), ("urls.py", urls)]);
    assert_eq!(routes(&code, &wiring), ["Post ? - []"]);
}

#[test]
fn patterns_includes_routers_and_views_are_followed() {
    let (code, wiring) = wired(&[
        ("src/manage.py", MANAGE),
        ("src/site/local.py", "from .settings.base import *\nMIDDLEWARE = []\n"),
        ("src/site/__init__.py", ""),
        ("src/site/settings/__init__.py", ""),
        ("src/site/settings/base.py", BASE),
        ("src/site/settings/production.py", PRODUCTION),
        ("src/site/urls.py", URLS),
        ("src/site/middleware.py", "class Audit:\n    def __init__(self, get_response): ...\n"),
        ("src/shop/__init__.py", ""),
        ("src/shop/apps.py", "class ShopConfig: ...\n"),
        ("src/shop/urls.py", SHOP_URLS),
        ("src/shop/views.py", VIEWS),
        ("src/shop/permissions.py", "class IsOwner: ...\n"),
    ]);
    let all = "django.middleware.security.SecurityMiddleware, site.middleware.Audit";
    let production = format!("{all}, whitenoise.middleware.WhiteNoiseMiddleware");
    let line = |says: &str, own: &str| format!("{says} [{production}{own}]");
    let mut expected = vec![
        line("Post / home", ", django.views.decorators.http.require_POST"),
        line("Get /api/orders/ Orders.-", ", rest_framework.permissions.IsAuthenticated"),
        line("Get /api/orders/{pk}/ Orders.-", ", rest_framework.permissions.IsAuthenticated"),
        line("Post /api/orders/{pk}/cancel/ Orders.cancel", ", IsOwner"),
        line("Get /shop/items/<int:pk>/ Items.-", ", rest_framework.permissions.AllowAny"),
        line("Put /shop/items/<int:pk>/ Items.-", ", rest_framework.permissions.AllowAny"),
        line("Patch /shop/items/<int:pk>/ Items.-", ", rest_framework.permissions.AllowAny"),
        line("Get /old/ Page.-", ", django.contrib.auth.decorators.login_required, django.contrib.auth.mixins.LoginRequiredMixin"),
    ];
    let mut lines = routes(&code, &wiring);
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);
    assert!(mounted(&wiring).contains(&"whitenoise.middleware.WhiteNoiseMiddleware".to_owned()));
    let audit = wiring.mounted.iter().find(|m| m.guard.name.ends_with("Audit")).expect("the middleware of the tree");
    assert!(audit.guard.class.is_some());
    let conventions: Vec<(&str, &str)> = wiring.conventions.iter().map(|(m, c)| (code.module(*m).path.as_str(), *c)).collect();
    for expected in [
        ("src/site/settings/production.py", "django-settings"),
        ("src/site/settings/base.py", "django-settings"),
        ("src/site/urls.py", "django-urls"),
        ("src/shop/urls.py", "django-urls"),
        ("src/shop/apps.py", "django-app"),
    ] {
        assert!(conventions.contains(&expected), "{expected:?} in {conventions:?}");
    }
    assert!(!names(&wiring.routes[0].guards).is_empty());
}
