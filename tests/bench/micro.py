"""What identity's checks cost, in one process and on one core, against the signature alone."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.identity.authority import Authority
from backend.identity.jws import ES256
from backend.identity.tokens import TokenVerifier
from backend.kernel import House
from backend.kernel.pool import Pool
from tests.bench import rows
from tests.bench.servers import HOUSE, World

_CALLS: Final = 300
_ROUNDS: Final = 9
_GOALS: Final = (
    ("a token, seen for the first time", 1.3),
    ("a token, seen before", 0.05),
    ("a DPoP proof", 1.6),
)

Timed = Callable[[int], object]


async def costs(world: World) -> list[tuple[str, float, float]]:
    """Return title, ratio to one raw P-256 verification, and the ratio not to be exceeded."""
    environment = world.environment
    house = House(
        base_url=environment["TINHS_BASE_URL"],
        secret=environment["TINHS_SECRET"].encode(),
        data_dir=Path(environment["TINHS_DATA_DIR"]),
    )
    authority = Authority(house, (), lambda: datetime.now(UTC))
    pool = Pool(environment["TINHS_DATABASE_AUTH_URL"], size=1)
    async with authority.open(pool):
        raw, *others = _quickest(list(_timed(world, authority)))
    await pool.close()
    return [
        (title, seconds / raw, most) for (title, most), seconds in zip(_GOALS, others, strict=True)
    ]


def _timed(world: World, authority: Authority) -> Iterator[Timed]:
    """Yield the raw verification, then what is compared with it, in the order of the goals."""
    path = f"/v1/bench/notes/{rows.note_id(0)}"
    signed = [header for _, header in world.devices[HOUSE].headers("GET", [path] * _CALLS)]
    proofs = [header.removeprefix("dpop: ").encode() for header in signed]
    token = world.devices[HOUSE].token.encode()
    now = datetime.now(UTC)
    verified = authority.tokens.verify(token, now)

    private = generate_private_key(SECP256R1())
    message = token.rpartition(b".")[0]
    public, signature = private.public_key(), private.sign(message, ES256)
    forgetful = TokenVerifier(authority.keys, authority.issuer)

    def fresh(_: int) -> Any:
        forgetful._cached.clear()
        return forgetful.verify(token, now)

    def proof(number: int) -> Any:
        return authority.proofs.verify(
            proofs[number], method="GET", path=path, token=verified, now=now
        )

    yield lambda _: public.verify(signature, message, ES256)
    yield fresh
    yield lambda _: authority.tokens.verify(token, now)
    yield proof


def _quickest(timed: Sequence[Timed]) -> list[float]:
    """Return the shortest time of each over interleaved rounds: the least disturbed one."""
    found = [float("inf")] * len(timed)
    for _ in range(_ROUNDS):
        for place, call in enumerate(timed):
            call(0)
            began = perf_counter()
            for number in range(1, _CALLS):
                call(number)
            found[place] = min(found[place], perf_counter() - began)
    return found
