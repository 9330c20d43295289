"""For the one-stop system: telling how dossiers stand."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from litestar import Request, post
from litestar.openapi.spec import Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.openapi.spec.media_type import OpenAPIMediaType
from litestar.params import HeaderParameter

from backend.kernel import Anyone, Injected, Transaction, refuses
from modules.public_services.errors import BadSignature, DeliveryTooLarge, DeliveryUnreadable
from modules.public_services.model.deliveries import DeliveryReceipt
from modules.public_services.service import webhooks
from modules.public_services.settings import Settings

_BYTES_MAX = 1024 * 1024


@dataclass
class TakesDelivery(Operation):
    """Describes a body that is read after its signature was found good."""

    def __post_init__(self) -> None:
        schema = Schema(
            type=OpenAPIType.OBJECT,
            properties={"data": Schema(type=OpenAPIType.OBJECT)},
            required=["data"],
        )
        content = {"application/json": OpenAPIMediaType(schema=schema)}
        self.request_body = RequestBody(required=True, content=content)


WebhookId: TypeAlias = Annotated[
    str, HeaderParameter(name="webhook-id", min_length=1, max_length=200)
]
WebhookTimestamp: TypeAlias = Annotated[
    str, HeaderParameter(name="webhook-timestamp", min_length=1, max_length=20)
]
WebhookSignature: TypeAlias = Annotated[
    str, HeaderParameter(name="webhook-signature", min_length=1, max_length=1000)
]


@post(
    "/connector/deliveries",
    guards=[Anyone()],
    status_code=202,
    operation_class=TakesDelivery,
    responses=refuses(BadSignature, DeliveryTooLarge, DeliveryUnreadable),
)
async def take_delivery(
    request: Request[Any, Any, Any],
    tx: Injected[Transaction],
    webhook_id: WebhookId,
    webhook_timestamp: WebhookTimestamp,
    webhook_signature: WebhookSignature,
) -> DeliveryReceipt:
    """Take what the one-stop system tells, signed as Standard Webhooks 1.0; a repetition is known.

    `data` holds up to 500 `dossiers` and 500 moves in `progress`, in national names.
    """
    body = await request.body()
    if len(body) > _BYTES_MAX:
        raise DeliveryTooLarge
    envelope = webhooks.Envelope(
        id=webhook_id, timestamp=webhook_timestamp, signatures=webhook_signature
    )
    settings = tx.ask(Settings)
    secrets = settings.delivery_secrets
    return await webhooks.receive(tx, settings.dossier_source, secrets, envelope, body)


ROUTES = (take_delivery,)
