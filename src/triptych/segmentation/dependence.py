"""Which files decide a claim of panel 2."""

from collections.abc import Iterator

from triptych.claims.dependence import Dependence
from triptych.config.segmentation import ARCHITECTURES, CONTROLS, METHODS, Architecture, Method

# The trained networks behind a row.
_MEMBERS: dict[Method, tuple[str, ...]] = {"ensemble": ("single", "partner")}
_TABLES = ("table1", "table2")
# Trained networks, evaluations, and the pixels of the controls: a method needs its own alone.
_NETWORKS = (
    "*/segmentation/*/*/*/*/*.safetensors",
    *(f"*/counts_*_{control}.csv.xz" for control in CONTROLS),
)


def _rules() -> Iterator[Dependence]:
    for place, table in enumerate(_TABLES):
        dataset = f"{{datasets[{place}]}}"
        # The correction for several tests joins the networks and methods.
        yield Dependence(f"{table}/*_above_*", (f"comparisons_{dataset}.csv",))
        for network in ARCHITECTURES:
            for method in METHODS:
                yield Dependence(
                    f"{table}/{network}/{method}/*",
                    (f"scores_{dataset}.csv",),
                    _NETWORKS,
                    tuple(_files(network, method)),
                )


def _files(network: Architecture, method: Method) -> Iterator[str]:
    for name in (method, *_MEMBERS.get(method, ())):
        yield f"*/{network}/{name}/*"


RULES = tuple(_rules())
