"""Energy and CO2 of a run: an estimate from the seconds of its jobs and stated watts.

Nothing is measured. Memory, disks, cooling and idle cores are not counted.
"""

import re
from collections.abc import Iterable

from triptych.provenance.making import Making

# A busy core of a server: its share of a processor's rated power.
CORE_WATTS = 10
# The rated power of a GPU whose name has a word that ends so, and of any other.
GPU_WATTS = {"H100": 700, "H200": 700, "A100": 400, "": 300}
# The world's mean of 2024, rounded.
GRAMS_PER_KWH = 450
_SECONDS = 3600
# Watt hours or grams: less is no information.
_SMALLEST = 0.01
_ON_CPU = "CPU"


def watt_hours(makings: Iterable[Making]) -> float:
    """Return the energy of the jobs that made some files; a job may have made several.

    A job on a CPU counts its CPU time, or its wall time where that is not recorded. A job on a GPU
    also counts its wall time.
    """
    jobs = {(making.key, making.started): making for making in makings}
    return sum(_watt_seconds(making) for making in jobs.values()) / _SECONDS


def _watt_seconds(making: Making) -> float:
    seconds = making.wall_seconds if making.cpu_seconds is None else making.cpu_seconds
    energy = CORE_WATTS * seconds
    if not making.device.startswith(_ON_CPU):
        watts = next(watts for name, watts in GPU_WATTS.items() if _ends(name, making.device))
        energy += watts * making.wall_seconds
    return energy


def _ends(name: str, device: str) -> bool:
    # A GH200 has the power of an H200, an A1000 not that of an A100.
    return re.search(rf"{name}\b", device) is not None or not name


def spelled(energy: float) -> str:
    """Write an energy in watt hours with its CO2, each in a suitable unit."""
    grams = energy / 1000 * GRAMS_PER_KWH
    return f"{_with_unit(energy, 'Wh', 'kWh')}, {_with_unit(grams, 'g', 'kg')} CO₂"


def _with_unit(value: float, small: str, large: str) -> str:
    if 0 < value < _SMALLEST:
        return f"less than {_SMALLEST} {small}"
    value, unit = (value / 1000, large) if value >= 1000 else (value, small)
    return f"{value:.2g} {unit}" if value < 10 else f"{value:,.0f} {unit}"
