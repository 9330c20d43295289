"""Keys in a hardware module: SoftHSM 2 stands in for one, and is told apart by nobody."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest

from backend.kms import KeyUnreachable, Kms
from backend.kms.pkcs11 import Pkcs11Kms
from tests.documents.test_rotation import require_an_authority_that_signs
from tests.kms.conformance import KmsConformance, later

__all__ = ["later"]

LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
LIBRARY = next((path for path in LIBRARIES if Path(path).exists()), None)
PIN = "1234"
TESTS_MAX = 16

pytestmark = pytest.mark.skipif(
    LIBRARY is None, reason="SoftHSM 2 is not installed (Debian: apt install softhsm2)"
)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Empty tokens, all made before the library is loaded: it looks for them once."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    labels = [f"tinhs-{number}" for number in range(TESTS_MAX)]
    tool = shutil.which("softhsm2-util") or "softhsm2-util"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(conf))
        for label in labels:
            subprocess.run(
                [tool, "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", PIN],
                check=True,
                capture_output=True,
            )
        yield labels


@pytest.fixture
def token(tokens: list[str]) -> str:
    return tokens.pop()


class TestHardwareModule(KmsConformance):
    @pytest.fixture
    def kms(self, token: str) -> Kms:
        return Pkcs11Kms(str(LIBRARY), token, PIN)

    @pytest.fixture
    def other(self, kms: Kms, token: str) -> Kms:
        return Pkcs11Kms(str(LIBRARY), token, PIN)


def test_a_fork_inherits_nothing_of_what_was_closed(token: str) -> None:
    kms = Pkcs11Kms(str(LIBRARY), token, PIN)
    assert pkcs11.lib(str(LIBRARY)).initialized

    kms.close()

    assert not pkcs11._loaded[str(LIBRARY)].initialized


def test_a_module_that_is_not_there_is_named(tokens: list[str]) -> None:
    with pytest.raises(KeyUnreachable, match="nothing-here"):
        Pkcs11Kms(str(LIBRARY), "nothing-here", PIN)


def test_an_authority_for_documents_lives_in_a_module(token: str) -> None:
    require_an_authority_that_signs(Pkcs11Kms(str(LIBRARY), token, PIN))
