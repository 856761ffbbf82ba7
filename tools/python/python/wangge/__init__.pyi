import os
from typing import Literal, final

import numpy
import numpy.typing

class SnapshotError(ValueError):
    """A file that is no snapshot, of another version, cut short or damaged."""

@final
class Jurisdiction:
    """A jurisdiction that a grid lies in."""

    @property
    def level(self) -> int:
        """1 at the top."""
    @property
    def level_name(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...

@final
class Owner:
    """The grid that owns a place."""

    @property
    def index(self) -> int:
        """Position of the grid: ``snapshot.codes[owner.index] == owner.grid``."""
    @property
    def grid(self) -> str:
        """The code of the grid."""
    @property
    def name(self) -> str: ...
    @property
    def chain(self) -> tuple[Jurisdiction, ...]:
        """The jurisdictions it lies in, the lowest first."""
    @property
    def resolution(self) -> Literal["interior", "edge_tie"]:
        """Inside the grid, or on a border, where the rule for borders decided."""
    @property
    def edge_distance_m(self) -> float:
        """Metres from the place to the nearest border of any grid."""

@final
class Snapshot:
    """An open snapshot. Any number of threads may use it."""

    @property
    def generation(self) -> str:
        """A word that stands for exactly this generation of grids."""
    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the grids, by position."""
    def __len__(self) -> int:
        """How many grids."""
    def locate(self, lon: float, lat: float, crs: str = "wgs84") -> Owner | None:
        """The grid that owns a place; None outside all."""
    def locate_batch(
        self,
        lons: numpy.typing.ArrayLike,
        lats: numpy.typing.ArrayLike,
        crs: str = "wgs84",
        invalid: Literal["raise", "mark"] = "raise",
    ) -> numpy.typing.NDArray[numpy.int32]:
        """The position of the owning grid for each place; -1 outside all, -2 where ``invalid="mark"`` and the numbers are no
        position. Other Python threads run meanwhile, and must not change the columns."""

def open(path: str | os.PathLike[str]) -> Snapshot:
    """Opens a snapshot by mapping its file, and checks every byte of it."""
