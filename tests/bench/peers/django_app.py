"""The same notes with Django and Django REST framework, the way their documentation teaches."""

import os
from uuid import uuid4

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="not a secret: nothing is signed with it",  # noqa: S106
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["BENCH_DATABASE"],
            "USER": "postgres",
            "HOST": os.environ["BENCH_SOCKETS"],
            "CONN_MAX_AGE": None,
        }
    },
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication"
        ],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    },
    SIMPLE_JWT={
        "ALGORITHM": "ES256",
        "VERIFYING_KEY": os.environ["BENCH_PUBLIC_PEM"],
        "AUDIENCE": "bench",
        "USER_ID_CLAIM": "sub",
        "TOKEN_TYPE_CLAIM": None,
        "JTI_CLAIM": None,
    },
)
django.setup()

# Django's own pieces can be imported only after that.
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models, transaction  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils.decorators import method_decorator  # noqa: E402
from django.utils.timezone import now  # noqa: E402
from django.views.decorators.cache import cache_page  # noqa: E402
from rest_framework import mixins, serializers, viewsets  # noqa: E402
from rest_framework.pagination import CursorPagination  # noqa: E402
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated  # noqa: E402
from rest_framework.routers import SimpleRouter  # noqa: E402


class NoteRow(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4)
    owner_id = models.UUIDField()
    commune_code = models.TextField()
    title = models.TextField()
    text = models.TextField()
    status = models.TextField(default="filed")
    is_public = models.BooleanField(default=False)
    written_at = models.DateTimeField(default=now)
    version = models.IntegerField(default=1)

    class Meta:
        app_label = "bench"
        managed = False
        db_table = 'bench"."note'


class PlaceRow(models.Model):
    code = models.TextField(primary_key=True)
    name = models.TextField()
    kind = models.TextField()
    parent_code = models.TextField()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = 'bench"."place'


class OutboxRow(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4)
    type = models.TextField()
    subject = models.TextField()
    payload = models.JSONField()
    published_at = models.DateTimeField(default=now)

    class Meta:
        app_label = "bench"
        managed = False
        db_table = 'bench"."outbox'


class Note(serializers.ModelSerializer[NoteRow]):
    commune_code = serializers.RegexField(r"^\d{5}$")
    title = serializers.CharField(min_length=1, max_length=200)
    text = serializers.CharField(min_length=1, max_length=4000)

    class Meta:
        model = NoteRow
        fields = (
            "id",
            "owner_id",
            "commune_code",
            "title",
            "text",
            "status",
            "is_public",
            "written_at",
            "version",
        )
        read_only_fields = ("id", "owner_id", "status", "is_public", "written_at", "version")


class Place(serializers.ModelSerializer[PlaceRow]):
    class Meta:
        model = PlaceRow
        fields = ("code", "name", "kind", "parent_code")


class Newest(CursorPagination):
    page_size_query_param = "limit"
    max_page_size = 100
    ordering = ("-written_at", "-id")


class Notes(viewsets.ModelViewSet[NoteRow]):
    serializer_class = Note
    pagination_class = Newest

    def get_queryset(self) -> models.QuerySet[NoteRow]:
        if self.action == "list":
            return NoteRow.objects.filter(is_public=True)
        return NoteRow.objects.filter(owner_id=self.request.user.id)

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if self.action == "list" else IsAuthenticated()]

    @transaction.atomic
    def perform_create(self, serializer: Note) -> None:
        note = serializer.save(owner_id=self.request.user.id)
        OutboxRow.objects.create(
            type="bench.note-written.v1",
            subject=str(note.id),
            payload={"note_id": str(note.id)},
        )


@method_decorator(cache_page(60), name="dispatch")
class Places(mixins.RetrieveModelMixin, viewsets.GenericViewSet[PlaceRow]):
    serializer_class = Place
    permission_classes = (AllowAny,)
    queryset = PlaceRow.objects.all()


router = SimpleRouter(trailing_slash=False)
router.register("notes", Notes, basename="note")
router.register("places", Places, basename="place")
urlpatterns = [path("", include(router.urls))]
app = get_wsgi_application()
