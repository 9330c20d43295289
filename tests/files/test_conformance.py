"""Our file store keeps every promise of its contract."""

from contracts.conformance.files import FileStoreConformance


class TestOurFiles(FileStoreConformance):
    """In a folder of this machine."""
