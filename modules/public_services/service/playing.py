"""Playing a simulated one-stop system through the signed door, with what goes wrong on the way."""

import secrets
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final, Literal

import msgspec

from backend.kernel import Secret, Transaction
from modules.public_services.errors import BadSignature, NotForPeople
from modules.public_services.model.deliveries import Delivery, DeliveryReceipt
from modules.public_services.model.simulation import Moved, Simulation, Simulator
from modules.public_services.repository import connectors
from modules.public_services.service import webhooks
from modules.public_services.settings import Settings

Fault = Literal["", "duplicate", "disorder", "loss", "bad-signature", "outage"]
_A_DELIVERY: Final = 100
_EVERY: Final = 4


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What became of what was sent."""

    deliveries: int = 0
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    badly_signed: int = 0
    lost: int = 0

    def with_one(self, told: DeliveryReceipt | None) -> "Played":
        """Return the sum with one more delivery; None is one that was badly signed."""
        return Played(
            deliveries=self.deliveries + 1,
            accepted=self.accepted + (told.accepted if told else 0),
            unchanged=self.unchanged + (told.unchanged if told else 0),
            refused=self.refused + (len(told.refused) if told else 0),
            badly_signed=self.badly_signed + (told is None),
            lost=self.lost,
        )


async def play(tx: Transaction, simulation: Simulation, fault: Fault, now: datetime) -> Played:
    """Deliver all that the simulated system has to tell. Raises `NotForPeople` in production."""
    if tx.is_production:
        raise NotForPeople
    source = tx.ask(Settings).dossier_source
    await connectors.simulate(tx, source, simulation, tx.now)
    played = Played()
    if fault == "outage":
        return played
    moves = Simulator(
        seed=simulation.seed, since=simulation.since, now=now, owners=simulation.owners
    ).moves()
    secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    for number, body in enumerate(_bodies(moves, fault), 1):
        if fault == "loss" and number % _EVERY == 0:
            played = msgspec.structs.replace(played, lost=played.lost + 1)
            continue
        for _ in range(2 if fault == "duplicate" else 1):
            is_forged = fault == "bad-signature" and number % _EVERY == 0
            told = await _deliver(tx, source, secret, body, number, is_forged=is_forged)
            played = played.with_one(told)
    return played


def _bodies(moves: Sequence[Moved], fault: Fault) -> Iterator[bytes]:
    batches = [moves[at : at + _A_DELIVERY] for at in range(0, len(moves), _A_DELIVERY)]
    if fault == "disorder":
        Random(0).shuffle(batches)  # noqa: S311 - any order does
    for batch in batches:
        told = reversed(batch) if fault == "disorder" else batch
        heads = {moved.head["MaHoSo"]: moved.head for moved in batch}
        delivery = Delivery(
            dossiers=tuple(heads.values()), progress=tuple(moved.progress for moved in told)
        )
        yield msgspec.json.encode({"type": "dossiers", "data": delivery})


async def _deliver(
    tx: Transaction, source: str, secret: str, body: bytes, number: int, *, is_forged: bool
) -> DeliveryReceipt | None:
    webhook_id, sent = f"simulated-{secret[-8:]}-{number}", str(int(tx.now.timestamp()))
    signed_with = "whsec_Zm9yZ2Vk" if is_forged else secret
    envelope = webhooks.Envelope(
        id=webhook_id,
        timestamp=sent,
        signatures=webhooks.signature(signed_with, webhook_id, sent, body),
    )
    try:
        return await webhooks.receive(tx, source, Secret(secret), envelope, body)
    except BadSignature:
        return None


def story(seed: int, days: int, now: datetime, fault: Fault) -> Simulation:
    """Return a simulated system that has been at work for some days."""
    since = now.date() - timedelta(days=days)
    return Simulation(seed=seed, since=since, fault="outage" if fault == "outage" else "")
