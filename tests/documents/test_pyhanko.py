"""A contract as a PDF: what pyHanko says of it, which has read the standards for itself.

It validates by EN 319 102-1 with our authority as its one anchor, and fetches nothing: all that it
needs lies in the file.
"""

from datetime import timedelta
from io import BytesIO

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from backend.testing import Clock
from modules.documents.model.task import Task

DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"
"""Extended key usage of RFC 9336, which is what it calls for here too."""
USAGE = KeyUsageConstraints(
    key_usage={"non_repudiation", "digital_signature"}, extd_key_usage={DOCUMENT_SIGNING}
)


@pytest.fixture
def made(original: bytes) -> tuple[list[EmbeddedPdfSignature], list[EmbeddedPdfSignature]]:
    """The signatures of a contract, and the timestamps over it all."""
    reader = PdfFileReader(BytesIO(original))
    return [*reader.embedded_regular_signatures], [*reader.embedded_timestamp_signatures]


Made = tuple[list[EmbeddedPdfSignature], list[EmbeddedPdfSignature]]


def anchor(task: Task) -> x509.Certificate:
    (der,) = task.trust.anchors
    return x509.Certificate.load(der)


async def test_each_signature_is_intact_trusted_and_stamped_in_time(
    made: Made, task: Task, clock: Clock
) -> None:
    persons, stamps = made
    assert (len(persons), len(stamps)) == (2, 1)

    for each in persons:
        trusted = ValidationContext(
            trust_roots=[anchor(task)], moment=clock.now + timedelta(seconds=1)
        )
        said = await async_validate_pdf_signature(each, trusted, key_usage_settings=USAGE)
        assert said.intact
        assert said.valid
        assert said.trusted
        assert said.docmdp_ok
        assert said.coverage is SignatureCoverageLevel.ENTIRE_REVISION
        # Afterwards came signatures in fields that were there, and evidence: no change of content.
        assert said.modification_level <= ModificationLevel.FORM_FILLING
        assert said.timestamp_validity is not None
        assert said.timestamp_validity.valid
        assert said.timestamp_validity.trusted


async def test_the_long_term_profile_passes_with_what_is_in_the_file(
    made: Made, task: Task, clock: Clock
) -> None:
    persons, _ = made
    trusted = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[anchor(task)]),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=trusted,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
            key_usage_settings=USAGE,
        )
    )
    moment = clock.now + timedelta(minutes=5)  # an answer tells when it was made by the real clock

    for each in persons:
        said = await ades_lta_validation(
            each,
            spec,
            ValidationTimingInfo(
                validation_time=moment, best_signature_time=moment, point_in_time_validation=False
            ),
        )
        assert said.ades_subindic is AdESPassed.OK, (said.ades_subindic, said.failure_msg)
