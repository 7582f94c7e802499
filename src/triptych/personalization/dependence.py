"""Which files decide a claim of panel 3."""

from typing import get_args

from triptych.claims.dependence import Dependence
from triptych.config.personalization import PaperMethod

# Features of all rows, and images that DreamBooth learns from.
_SHARED = ("*/raw/features.safetensors", "*/raw/class_images.safetensors")

RULES = tuple(
    Dependence(
        f"table1/{method}/*",
        ("table1.csv", "seeds.csv", "networks.csv"),
        ("*/raw/*.safetensors",),
        (*_SHARED, f"*/raw/{method}*.safetensors"),
    )
    for method in get_args(PaperMethod)
)
