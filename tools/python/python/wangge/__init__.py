"""Which grid of neighbourhood governance owns a place, from a snapshot file (.wgs)."""

from ._wangge import Jurisdiction, Owner, Snapshot, SnapshotError, open

__all__ = ["Jurisdiction", "Owner", "Snapshot", "SnapshotError", "open"]
