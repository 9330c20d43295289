"""Settings, read from `TINHS_DOCUMENTS_*`."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from backend.kernel import Secret, described

_ADDRESS: Final = r"^(https://[^\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s]*)?)$"


class Spelling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a provider of transactions names what it is told and what it tells.

    None of these words is confirmed by a provider: compare them with the description that comes
    with the contract, and write here what is another. A path such as `data.signatures` leads into
    the answer.
    """

    certificates_path: str = "/credentials/get_certificate"
    sign_path: str = "/signatures/sign"
    outcome_path: str = "/signatures/sign/{transaction}/status"
    client: str = "sp_id"
    secret: str = "sp_password"  # noqa: S105 - the name of a member
    user: str = "user_id"
    certificate: str = "serial_number"
    transaction: str = "transaction_id"
    about: str = "transaction_desc"
    items: str = "sign_files"
    item_id: str = "doc_id"
    item_hash: str = "data_to_be_signed"
    item_also: Mapping[str, str] = msgspec.field(
        default_factory=lambda: {"file_type": "pdf", "sign_type": "hash"}
    )
    hashes_as: Literal["hex", "base64"] = "hex"
    certificates_at: str = "data.user_certificates"
    paper: str = "cert_data"
    above: tuple[str, ...] = ("ca_cert", "root_cert")
    transaction_at: str = "data.transaction_id"
    state_at: str = "message"
    waiting: tuple[str, ...] = ("PENDING", "WAITING")
    signed: tuple[str, ...] = ("SUCCESS",)
    rejected: tuple[str, ...] = ("REJECTED", "EXPIRED", "CANCELED")
    signatures_at: str = "data.signatures"
    value: str = "signature_value"


class DescribedSigner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider of people's keys, as the settings describe it."""

    label: Annotated[str, Meta(min_length=1, max_length=100)]
    """How people know it."""
    url: Annotated[str, Meta(pattern=_ADDRESS)]
    """Where its methods are, such as `https://signing.example.vn/csc/v2`."""
    client_id: str
    client_secret: str
    api: Literal["csc2", "transactions"] = "csc2"
    """The Cloud Signature Consortium's, version 2.0; or hashes under a transaction's number."""
    token_url: Annotated[str, Meta(pattern=_ADDRESS)] | None = None
    """Of `csc2`: where OAuth 2.0 access tokens are given (RFC 6749 §4.4)."""
    spelling: Spelling = Spelling()
    """Of `transactions`."""
    algorithm: Literal["PS256", "RS256"] = "RS256"
    """Of `transactions`, which neither tell nor ask: how its keys sign."""
    signatures_max: Annotated[int, Meta(ge=2, le=50)] = 50
    """Of `transactions`: so many hashes are signed by one confirmation."""
    trial: bool = False
    """Whether it is `tinhs documents remote-signer`, or another whose signatures nobody means."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How long people may take, and with whom they sign."""

    session_lives: Annotated[
        timedelta, Meta(description="How long a prepared signature may be handed in.")
    ] = timedelta(minutes=10)
    confirmed_lives: Annotated[
        timedelta,
        Meta(
            description="How long what a person has confirmed at their provider waits for a"
            " timestamp while no authority answers."
        ),
    ] = timedelta(hours=24)
    enrolment_lives: Annotated[
        timedelta, Meta(description="How long a device may take to prove that it has the key.")
    ] = timedelta(minutes=10)
    tsa_urls: Annotated[
        tuple[str, ...],
        Meta(
            description="Timestamp authorities (RFC 3161), asked in this order. None: a developer's"
            " own, whose timestamps have no legal value."
        ),
    ] = ()
    sha256_good_until: Annotated[
        date,
        Meta(
            description="Until when SHA-256 is trusted to protect what is kept for decades;"
            " archival timestamps are renewed two years before."
        ),
    ] = date(2040, 1, 1)
    pilot: Annotated[
        bool,
        Meta(
            description="`true` for a pilot: an authority of this installation certifies people"
            " and organisations, and no signature has legal value. Development is one; production"
            " has to be told."
        ),
    ] = False
    fetch_private: Annotated[
        bool,
        Meta(
            description="Whether revocation lists may be fetched from addresses that are not"
            " public: for a developer's own machine. Production never does."
        ),
    ] = False
    log_signer: Annotated[
        Literal["worker", "apart"],
        Meta(
            description="Who signs the log: the worker, or `tinhs documents log-signer`, a process"
            " with a user, a data directory and keys of its own."
        ),
    ] = "worker"

    signers: Annotated[
        Secret,
        Meta(
            description="Providers with which people sign by a key kept there (CSC API v2), as"
            " TOML: a table for each (docs/guide/remote-signing.md). Best kept in a file: add"
            " `_FILE` to the name; one that is a `trial` is refused in production."
        ),
    ] = Secret("")

    def __post_init__(self) -> None:
        """Refuse providers that could only be found to be none when somebody wants to sign."""
        _ = self.described_signers

    @property
    def described_signers(self) -> Mapping[str, DescribedSigner]:
        """Name → provider. Raises ValueError for a description that does not fit."""
        return _described(self.signers.reveal())

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """Settings that name something behind which nobody's signature is."""
        named = self.described_signers.values()
        return ("signers",) if any(each.trial for each in named) else ()

    @property
    def unfit(self) -> Mapping[str, str]:
        """What production does not start with, and why: what only looks like a legal signature."""
        found: dict[str, str] = {}
        if not self.pilot:
            found["pilot"] = (
                "an authority of our own gives no legal value; say `true` to run"
                " a pilot, or leave `documents` out of TINHS_MODULES"
            )
        if not self.tsa_urls:
            found["tsa_urls"] = "a developer's timestamps have no legal value; name an authority"
        if self.fetch_private:
            found["fetch_private"] = "it would let an address lead into the network of the house"
        return found


@lru_cache(maxsize=8)
def _described(text: str) -> Mapping[str, DescribedSigner]:
    variable = "TINHS_DOCUMENTS_SIGNERS"
    found = described(variable, text, DescribedSigner)
    for name, signer in found.items():
        if signer.api == "csc2" and signer.token_url is None:
            raise ValueError(f"{variable}: [{name}] says no token_url")
    return found
